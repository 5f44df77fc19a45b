import { el, fill, foreign } from './dom.js';
import { state } from './state.js';
import { ago, number, t, time, wordOf } from './text.js';
import { levelWord } from './strip.js';

/** Of reading quarantine, which is a table's length: not with each refresh. */
const QUARANTINE_EVERY_MS = 60_000;
/** Groups of rows that are alike, the largest first. */
const GROUPS_SHOWN = 20;
let quarantineAt = -Infinity;

/** What comes in, how fast, how late, and what was refused. */
export const pipelinePage = {
  asks() {
    const isDue = performance.now() - quarantineAt >= QUARANTINE_EVERY_MS;
    if (isDue) quarantineAt = performance.now();
    return { pipeline: '/pipeline', ...(isDue ? { quarantine: '/quarantine?limit=1' } : {}) };
  },
  title: () => t('pipelineTitle'),
  draw(node, { pipeline, quarantine }) {
    if (!pipeline) return fill(node, [el('p', { class: 'notice' }, t('loading'))]);
    const { nowMs: now, checkedUntilMs, isBehind } = pipeline;
    fill(
      node,
      [
        isBehind && el('p', { class: 'notice' }, t('behind')),
        sourcesTable(pipeline),
        el('p', { class: 'small' }, t('rateNote')),
        el('h3', {}, t('lag')),
        lagList(pipeline),
        checkedUntilMs !== null && el('p', {}, t('checked', { time: time(checkedUntilMs, now) })),
        el('h3', {}, t('quarantineTitle')),
        el('p', { class: 'small' }, t('quarantineRate', { x: number(pipeline.quarantine.rowsPerMinute) })),
        quarantineOf(quarantine, now),
      ].filter(Boolean),
    );
  },
};

const head = (...names) =>
  el('thead', {}, el('tr', {}, ...names.map((name) => el('th', { scope: 'col' }, t(name)))));
/** Wider than a narrow screen: it scrolls by itself, also by keyboard. */
const framed = (table, label) =>
  el('div', { class: 'wide', tabIndex: 0, role: 'group', 'aria-label': label }, table);

function sourcesTable({ sources, nowMs: now }) {
  if (sources.length === 0) return el('p', { class: 'notice' }, t('freshnessNone'));
  const rows = sources.map(({ subject, lastEventMs, level, rowsPerMinute }) =>
    el(
      'tr',
      { data: { level } },
      el('th', { scope: 'row' }, wordOf(subject)),
      el('td', {}, ago(lastEventMs, now)),
      el('td', { class: 'level' }, levelWord(level)),
      el('td', { class: 'number' }, number(rowsPerMinute)),
    ),
  );
  return framed(
    el('table', {}, head('source', 'lastEvent', 'condition', 'rate'), el('tbody', {}, ...rows)),
    t('pipelineTitle'),
  );
}

function lagList({ lag }) {
  if (lag.length === 0) return el('p', {}, t('lagNone'));
  const line = ({ pipeline, stream, records, seconds }) =>
    records === null
      ? t('lagSecondsOf', { pipeline, stream, x: number(seconds ?? 0) })
      : t('lagOf', { pipeline, stream, x: number(records, 0) });
  return el('ul', {}, ...lag.map((one) => el('li', {}, line(one))));
}

function quarantineOf(quarantine, now) {
  if (state.refusals.quarantine) return el('p', {}, t('quarantineHidden'));
  if (quarantine === undefined) return el('p', {}, t('loading'));
  if (quarantine === null) return el('p', {}, t('quarantineAway'));
  const { groups, total } = quarantine;
  if (total === 0) return el('p', {}, t('quarantineNone'));
  const rows = groups
    .slice(0, GROUPS_SHOWN)
    .map(({ reason, subject, pointer, count, last }) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, wordOf(`reason_${reason}`).replace(/^reason_/, '')),
        el('td', {}, foreign(wordOf(subject))),
        el('td', {}, el('code', {}, foreign(pointer))),
        el('td', { class: 'number' }, number(count, 0)),
        el('td', {}, ago(Date.parse(last), now)),
      ),
    );
  const columns = head('reason', 'source', 'field', 'rows', 'newest');
  return framed(el('table', {}, columns, el('tbody', {}, ...rows)), t('quarantineTitle'));
}
