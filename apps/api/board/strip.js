import { byId, el, fill, kindMark, say } from './dom.js';
import { filterOf, nowMs, route, state } from './state.js';
import { ago, duration, money, number, percent, t, wordOf } from './text.js';

const KINDS_SHOWN = ['out_of_stock', 'phantom', 'silent', 'coming', 'partial'];
const SOURCES_SHOWN = 6;
const DAY_MS = 86_400_000;
/** Of a day: it changes slowly, and costs more than the rest. */
const AVAILABILITY_EVERY_MS = 60_000;
/** Where the lake is still being read. */
const AVAILABILITY_AGAIN_MS = 5_000;
let availabilityAt = -Infinity;
/** Which stores it was asked of last. */
let availabilityFilter = '';
/** Of sources: in words, since a colour alone says nothing to many. */
const LEVELS = {
  fresh: 'fresh',
  late: 'late',
  silent: 'sourceSilent',
  quiet: 'quietNow',
  seldom: 'seldom',
  unknown: 'paceUnknown',
};

/** What has to be seen in five seconds: five numbers, each with what it is to be held against. */
export const stripRoom = {
  asks(at) {
    const filter = filterOf(at);
    if (filter !== availabilityFilter) {
      availabilityFilter = filter;
      availabilityAt = -Infinity;
      state.answers.insights = undefined;
    }
    const everyMs = availabilityOf(state.answers.insights) ? AVAILABILITY_EVERY_MS : AVAILABILITY_AGAIN_MS;
    const isDue = performance.now() - availabilityAt >= everyMs;
    if (isDue && state.info) availabilityAt = performance.now();
    const sinceMs = Math.floor(nowMs() - DAY_MS);
    return {
      overview: `/overview${filter.replace('&', '?')}`,
      ...(isDue && state.info ? { insights: `/insights?since=${sinceMs}${filter}` } : {}),
    };
  },
  draw({ overview, insights, stores }) {
    const { view, store } = route();
    const storeId = view === 'board' ? store : null;
    drawTitle(storeId, stores);
    if (!overview) return;
    const { info } = state;
    // Before the first signal a zero would look like good news; another store's number says nothing of this one.
    const isKnown = (info?.signalsSeen ?? 0) > 0 && (overview.store?.storeId ?? null) === storeId;
    const sight = overview.store?.sight ?? 'seen';
    fill(
      byId('tiles'),
      isKnown
        ? [
            sight === 'seen' ? lostTile(overview) : unseenTile(sight),
            availabilityTile(insights),
            sight === 'seen' || overview.openTotal > 0 ? openTile(overview) : null,
            fixTile(overview),
            freshTile(overview),
          ]
        : [tile('lost', '–', t('lostNow')), freshTile(overview)],
    );
  },
  redraw() {},
};

/** Of one store the strip says so. */
function drawTitle(storeId, stores) {
  const title = byId('strip-title');
  title.classList.toggle('hidden', storeId === null);
  const name = stores?.stores.find((one) => one.storeId === storeId)?.name ?? storeId;
  say(title, storeId === null ? t('now') : t('nowOf', { name }));
}

const tile = (name, amount, word, ...lines) =>
  el(
    'li',
    { data: { tile: name } },
    el('strong', {}, amount),
    el('span', { class: 'word' }, word),
    ...lines.filter(Boolean).map((line) => el('span', { class: 'small' }, line)),
  );

/** That nothing is lost where nobody looks is not known. */
const unseenTile = (sight) => tile('lost', '–', t(sight === 'closed' ? 'closed' : 'noData'));

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
const availabilityOf = (insights) =>
  insights?.total.numbers.find(({ id, value }) => id === 'osa_value' && value !== null) ?? null;

function availabilityTile(insights) {
  const found = availabilityOf(insights);
  if (!found) return tile('osa', '–', t('availability'), t('availabilityUnknown'));
  const { value, low, high } = found;
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

function freshTile({ sources, store }) {
  const shown = sources.slice(0, SOURCES_SHOWN);
  return el(
    'li',
    { data: { tile: 'fresh' } },
    el('span', { class: 'word' }, t(store === null ? 'freshness' : 'freshnessAll')),
    ...(shown.length === 0 ? [el('span', { class: 'small' }, t('freshnessNone'))] : shown.map(sourceLine)),
  );
}

function sourceLine({ subject, lastEventMs, level }) {
  return el(
    'span',
    { class: 'source', data: { level } },
    el('span', {}, wordOf(subject)),
    el('span', {}, ago(lastEventMs, nowMs())),
    ['fresh', 'unknown'].includes(level) ? null : el('b', {}, levelWord(level)),
  );
}

export const levelWord = (level) => t(LEVELS[level] ?? 'paceUnknown');
