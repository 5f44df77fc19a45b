/** Many stores of one chain in the same trouble at once: days of empty shelves and days of dead feeds, in turns, other stores each. */
import { ALERTS } from '@gondola/monitoring';
import { createRandom } from '@gondola/stream';
import { firedBetween } from './alerts-fired.mjs';
import { countOf, LEARNING_DAYS, LOOKBACK, sampleShops, withoutItems } from './alerts-shops.mjs';
import { backfill, startPrometheus } from './prometheus.mjs';
import { DAY_MS, HOUR_MS, START_MS } from './simulated-line.mjs';

const STEP_SECONDS = 300;
const KINDS = { out: 'ChainOutOfStockUnusual', feed: 'ManyFeedsDead' };
const CHAIN_ALERTS = ALERTS.filter(({ name }) => Object.values(KINDS).includes(name));
const STORE_ALERTS = ALERTS.filter(({ name }) => ['StoreOutOfStockUnusual', 'StoreFeedDead'].includes(name));
/** A quarter to four in ten of the stores: a fifth is what it takes. */
const SHARES = [0.25, 0.3, 0.35, 0.4];

/** Returns what was found of each kind. */
export async function chains({ simulation, model, each, context, dir, shops, range }) {
  const most = new Set(range.filter((_, index) => index % 5 < 3).map(({ itemId }) => itemId));
  const days = planOf(each, shops, simulation.seed);
  const dayAt = (ms) => days[Math.floor((ms - START_MS) / DAY_MS) - LEARNING_DAYS];
  const troubleOf = (storeId, ms) => {
    const day = dayAt(ms);
    return day && day.stores.has(storeId) && ms >= day.fromMs && ms < day.untilMs ? day.kind : null;
  };
  const allDays = LEARNING_DAYS + days.length;
  await sampleShops({
    ...{ simulation, model, dir, days: allDays },
    told(event) {
      const kind = troubleOf(event.key, event.timeMs);
      if (kind === 'feed') return [];
      return kind === 'out' ? withoutItems(event, most) : [event];
    },
    also: (fromMs, untilMs) =>
      days
        .filter(({ kind }) => kind === 'out')
        .flatMap((day) => [
          ...countsAt(day, day.fromMs, 0),
          // Filled up again.
          ...countsAt(day, day.untilMs, 20),
        ])
        .filter(({ timeMs }) => timeMs >= fromMs && timeMs < untilMs),
  });
  function countsAt({ stores }, atMs, onHand) {
    return [...stores].flatMap((storeId) =>
      [...most].map((itemId) => countOf(storeId, itemId, atMs, onHand)),
    );
  }

  const span = { fromMs: START_MS + LEARNING_DAYS * DAY_MS, untilMs: START_MS + allDays * DAY_MS };
  const stores = await asked(dir, STORE_ALERTS, context, span);
  firingSeries(stores, span, dir);
  const fired = await asked(dir, CHAIN_ALERTS, context, span);
  const isOf = ({ name, fromMs }) => {
    const day = dayAt(fromMs);
    return (
      day !== undefined && name === KINDS[day.kind] && fromMs >= day.fromMs && fromMs <= day.untilMs + HOUR_MS
    );
  };
  const found = Object.entries(KINDS).map(([kind, name]) => {
    const injected = days.filter((day) => day.kind === kind).length;
    const first = new Map();
    for (const one of fired.filter((other) => other.name === name && isOf(other))) {
      const day = dayAt(one.fromMs);
      if (!first.has(day)) first.set(day, (one.fromMs - day.fromMs) / HOUR_MS);
    }
    const hours = [...first.values()].sort((a, b) => a - b);
    return [
      name,
      { injected, found: first.size, hours_median: Number(hours[hours.length >> 1]?.toFixed(1)) },
    ];
  });
  const others = countBy(fired.filter((one) => !isOf(one)));
  return { ...Object.fromEntries(found), at_other_times: others };
}

const countBy = (all) =>
  Object.fromEntries([...Map.groupBy(all, ({ name }) => name)].map(([name, some]) => [name, some.length]));

function planOf(each, shops, seed) {
  const random = createRandom(seed, 4);
  return Array.from({ length: 2 * each }, (_, index) => {
    const midnightMs = START_MS + (LEARNING_DAYS + index) * DAY_MS;
    const count = Math.ceil(SHARES[(index >> 1) % SHARES.length] * shops.length);
    const left = shops.map(({ storeId }) => storeId);
    const stores = new Set(Array.from({ length: count }, () => left.splice(random.below(left.length), 1)[0]));
    const kind = index % 2 === 0 ? 'out' : 'feed';
    return { kind, stores, fromMs: midnightMs + 10 * HOUR_MS, untilMs: midnightMs + 21 * HOUR_MS };
  });
}

async function asked(dir, alerts, context, span) {
  const prometheus = await startPrometheus(dir, LOOKBACK);
  try {
    return await firedBetween(prometheus, alerts, context, { ...span, stepSeconds: STEP_SECONDS });
  } finally {
    await prometheus.stop();
  }
}

/** What Prometheus says itself of alerts that fire, a day at a time. */
function firingSeries(fired, { fromMs, untilMs }, dir) {
  for (let dayMs = fromMs; dayMs < untilMs; dayMs += DAY_MS) {
    const lines = fired.flatMap(({ name, labels, fromMs: beginMs, untilMs: endMs }) => {
      const series = `ALERTS{alertname="${name}",alertstate="firing",store="${labels.store}"}`;
      const times = [];
      for (let ms = beginMs; ms <= endMs; ms += STEP_SECONDS * 1000)
        if (ms >= dayMs && ms < dayMs + DAY_MS) times.push(ms);
      return times.map((ms) => `${series} 1 ${ms / 1000}`);
    });
    if (lines.length > 0) backfill(`# TYPE ALERTS gauge\n${lines.join('\n')}\n# EOF\n`, dir);
  }
}
