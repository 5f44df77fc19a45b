import { open, type FileHandle } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import {
  createSimulation,
  NO_SCENARIOS,
  type Scenarios,
  type SimulatedEvent,
  type TruthRow,
} from '@gondola/simulate';
import { UsageError, type Command } from '../command.js';

const DAY_MS = 86_400_000;
const TIME_ZONE = 'America/Bogota';
const TRUTH_HEADER =
  'store_id,item_id,hour_start,on_hand_true,on_hand_record,out_of_stock,lost_units,empty_minutes,cause,closed,feed_dead\n';

/** Option -> scenario. What is not asked for does not happen. */
const SCENARIOS: Readonly<Record<string, keyof Scenarios>> = {
  closures: 'closures',
  'dead-feeds': 'deadFeeds',
  'tills-offline': 'tillsOffline',
  'dc-shortages': 'dcShortages',
  'clock-skew': 'clockSkew',
  promotions: 'promotions',
  transfers: 'transfers',
};

/** Writes demo shops' events as lines that `replay --as events` reads, and what was true behind them. */
export const simulate: Command = {
  summary: 'write the events of demo shops to a file, and the truth behind them to another',
  usage:
    '--out EVENTS.ndjson[.gz] [--truth TRUTH.csv[.gz]] [--stores N] [--items N] [--days N] [--seed N] [--start ISO]' +
    Object.keys(SCENARIOS)
      .map((name) => ` [--${name} P]`)
      .join(''),
  options: {
    out: { type: 'string' },
    truth: { type: 'string' },
    stores: { type: 'string', default: '6' },
    items: { type: 'string', default: '40' },
    days: { type: 'string', default: '14' },
    seed: { type: 'string', default: '1' },
    // Midnight of a Monday in the shops' time zone.
    start: { type: 'string', default: '2026-01-05T00:00:00-05:00' },
    ...Object.fromEntries(Object.keys(SCENARIOS).map((name) => [name, { type: 'string' as const }])),
  },
  async run({ positionals, values }, context) {
    if (positionals.length > 0)
      throw new UsageError(`nothing is expected before the options: ${positionals[0]}`);
    const { out, truth } = values;
    if (typeof out !== 'string' || out === '') throw new UsageError('--out FILE is missing');
    const stores = wholeNumber('stores', values.stores, 1, 999);
    const items = wholeNumber('items', values.items, 1, 100_000);
    const days = wholeNumber('days', values.days, 1, 3_660);
    const seed = wholeNumber('seed', values.seed, 0, 2 ** 31 - 1);
    const startMs = timeOf(values.start);
    const scenarios = scenariosOf(values);
    const simulation = createSimulation({ seed, stores, items, startMs, timeZone: TIME_ZONE, scenarios });

    await using eventFile = await createTextFile(out);
    await using truthFile = typeof truth === 'string' ? await createTextFile(truth) : null;
    await truthFile?.append(TRUTH_HEADER);
    const counts = { days: 0, events: 0, outOfStockHours: 0 };
    while (counts.days < days && !context.signal.aborted) {
      counts.days++;
      const step = simulation.advanceTo(startMs + counts.days * DAY_MS);
      await eventFile.append(step.events.map(lineOf).join(''));
      await truthFile?.append(step.truth.map(rowOf).join(''));
      counts.events += step.events.length;
      counts.outOfStockHours += step.truth.filter((row) => row.outOfStock).length;
      context.progress(`day ${counts.days} of ${days}: ${counts.events} events`);
    }
    context.say(
      `${counts.events} events of ${stores} stores, ${items} items and ${counts.days} days in ${out}`,
    );
    return {
      command: 'simulate',
      ok: true,
      out,
      truth: truth ?? null,
      stores,
      items,
      seed,
      start: new Date(startMs).toISOString(),
      scenarios,
      ...counts,
    };
  },
};

function wholeNumber(name: string, value: unknown, min: number, max: number): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, it is ${String(value)}`);
}

function scenariosOf(values: Readonly<Record<string, unknown>>): Scenarios {
  const scenarios: Record<keyof Scenarios, number> = { ...NO_SCENARIOS };
  for (const [option, name] of Object.entries(SCENARIOS)) {
    const value = values[option] ?? '0';
    const share = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
    if (!(share >= 0 && share <= 1))
      throw new UsageError(`--${option} must be a part of 1, from 0 to 1, it is ${String(value)}`);
    scenarios[name] = share;
  }
  return scenarios;
}

function timeOf(value: unknown): number {
  const timeMs = typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isFinite(timeMs)) return timeMs;
  throw new UsageError(`--start must be a time such as 2026-01-05T00:00:00Z, it is ${String(value)}`);
}

function lineOf({ subject, key, timeMs, event }: SimulatedEvent): string {
  const type = subject === 'retail.web' ? `${subject}.${event.name}` : subject;
  return JSON.stringify({ type, key, time: timeMs, event }) + '\n';
}

function rowOf(row: TruthRow): string {
  const hourStart = new Date(row.hourStartMs).toISOString();
  const outOfStock = row.outOfStock ? 1 : 0;
  const { storeId, itemId, onHandTrue, onHandRecord, lostUnits, emptyMinutes, cause, closed, feedDead } = row;
  const stock = [storeId, itemId, hourStart, onHandTrue, onHandRecord, outOfStock, lostUnits, emptyMinutes];
  return [...stock, cause ?? '', closed ? 1 : 0, feedDead ? 1 : 0].join(',') + '\n';
}

interface TextFile extends AsyncDisposable {
  append(text: string): Promise<void>;
}

/** With a name that ends in `.gz`, every piece is a gzip member: together they are one gzip file. */
async function createTextFile(path: string): Promise<TextFile> {
  const file: FileHandle = await open(path, 'w');
  const pack = path.endsWith('.gz') ? (text: string) => gzipSync(text) : (text: string) => text;
  return {
    append: (text) => file.appendFile(pack(text)),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
