import { byId, el, fill, kindMark } from './dom.js';
import { nowMs, state } from './state.js';
import { ago, duration, money, number, percent, t, wordOf } from './text.js';

const KINDS_SHOWN = ['out_of_stock', 'phantom', 'silent', 'coming', 'partial'];
const SOURCES_SHOWN = 6;
const DAY_MS = 86_400_000;
/** Of a day: it changes slowly, and costs more than the rest. */
const AVAILABILITY_EVERY_MS = 60_000;
let availabilityAt = -Infinity;
/** Of sources: in words, since a colour alone says nothing to many. */
const LEVELS = {
  fresh: 'fresh',
  late: 'late',
  silent: 'sourceSilent',
  closed: 'closedNow',
  seldom: 'seldom',
  unknown: 'paceUnknown',
};

/** What has to be seen in five seconds: five numbers, each with what it is to be held against. */
export const stripRoom = {
  asks() {
    const isDue = performance.now() - availabilityAt >= AVAILABILITY_EVERY_MS;
    if (isDue && state.info) availabilityAt = performance.now();
    const sinceMs = Math.floor(nowMs() - DAY_MS);
    return {
      overview: '/overview',
      ...(isDue && state.info ? { insights: `/insights?since=${sinceMs}` } : {}),
    };
  },
  draw({ overview, insights }) {
    if (!overview) return;
    const { info } = state;
    // Before the first signal a zero would look like good news.
    const isKnown = (info?.signalsSeen ?? 0) > 0;
    fill(
      byId('tiles'),
      isKnown
        ? [
            lostTile(overview),
            availabilityTile(insights),
            openTile(overview),
            fixTile(overview),
            freshTile(overview),
          ]
        : [tile('lost', '–', t('lostNow')), freshTile(overview)],
    );
  },
  redraw() {},
};

const tile = (name, amount, word, ...lines) =>
  el(
    'li',
    { data: { tile: name } },
    el('strong', {}, amount),
    el('span', { class: 'word' }, word),
    ...lines.filter(Boolean).map((line) => el('span', { class: 'small' }, line)),
  );

function lostTile({ lost, lostUnitsWithoutPrice: units }) {
  const [first, ...others] = lost;
  if (!first) {
    const amount = units > 0 ? t('unitsPerHour', { x: number(units) }) : t('lostNothing');
    return tile('lost', amount, t('lostNow'));
  }
  const of = ({ perHour, currency }) => t('perHour', { x: money(perHour, currency) });
  const { low, high, currency, weekAgo } = first;
  return tile(
    'lost',
    of(first),
    t('lostNow'),
    t('lostBetween', { low: money(low, currency), high: money(high, currency) }),
    weekAgo === null ? t('lostWeekUnknown') : t('lostWeekAgo', { x: of({ perHour: weekAgo, currency }) }),
    [...others.map(of), units > 0 ? t('withoutPrice', { x: number(units) }) : null]
      .filter(Boolean)
      .map((text) => `+ ${text}`)
      .join(' '),
  );
}

/** By sales, each shelf weighted by what it would sell; of the currency that sells most. */
function availabilityTile(insights) {
  const found = (insights?.total.numbers ?? []).filter(
    ({ id, value }) => id === 'osa_value' && value !== null,
  );
  if (found.length === 0) return tile('osa', '–', t('availability'), t('availabilityUnknown'));
  const { value, low, high } = found[0];
  const between = low === null ? null : t('availabilityBetween', { low: percent(low), high: percent(high) });
  return tile('osa', percent(value), t('availability'), between);
}

function openTile({ open, openTotal }) {
  const kinds = KINDS_SHOWN.map((kind) =>
    el(
      'span',
      { class: 'of-kind', data: { kind } },
      kindMark(kind, t(kind)),
      el('b', {}, number(open[kind], 0)),
    ),
  );
  return el(
    'li',
    { data: { tile: 'open' } },
    el('strong', {}, number(openTotal, 0)),
    el('span', { class: 'word' }, t('openNow')),
    ...kinds,
  );
}

function fixTile({ minutesToFix: fix }) {
  if (!fix) return tile('fix', '–', t('toFix'), t('toFixNone'));
  const { median, p90, episodes } = fix;
  const of = t('toFixOf', { x: number(episodes, 0), p90: p90 === null ? '–' : duration(p90) });
  return tile('fix', duration(median), t('toFix'), of);
}

function freshTile({ sources }) {
  const shown = sources.slice(0, SOURCES_SHOWN);
  return el(
    'li',
    { data: { tile: 'fresh' } },
    el('span', { class: 'word' }, t('freshness')),
    ...(shown.length === 0 ? [el('span', { class: 'small' }, t('freshnessNone'))] : shown.map(sourceLine)),
  );
}

function sourceLine({ subject, lastEventMs, level }) {
  return el(
    'span',
    { class: 'source', data: { level } },
    el('span', {}, wordOf(subject)),
    el('span', {}, ago(lastEventMs, nowMs())),
    level === 'fresh' || level === 'unknown' ? null : el('b', {}, levelWord(level)),
  );
}

export const levelWord = (level) => t(LEVELS[level] ?? 'paceUnknown');
