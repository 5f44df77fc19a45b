import { createRandom } from '@gondola/stream';
import { eventsOf, HOUR_MS, MONDAY_MS, treeModel, type EventRow } from '../test/support.js';
import { Engine } from './engine.js';
import { SUM_FIELDS } from './sibling-sums.js';
import { decodeSums, encodeSums, type SumsRecord } from './sums-record.js';

const STORES = ['s1', 's2', 's3', 's4'];
const ITEMS = ['milk', 'bread', 'eggs'];
const HOURS = 40;

/** Features of each shelf and hour: `store item endMs` -> numbers. */
type Seen = Map<string, readonly number[]>;

function engineWith(seen: Seen, sumsStream: string | null, bytes?: Uint8Array): Engine {
  const options = {
    environment: 'test',
    model: treeModel,
    config: { sumsStream },
    cityOf: () => 'Quito',
    onTick({ storeId, endMs, count, itemAt, trees }) {
      if (!trees) return;
      const width = trees.features.length / trees.score.length;
      for (let row = 0; row < count; row++)
        seen.set(`${storeId} ${itemAt(row)} ${endMs}`, [
          ...trees.features.subarray(row * width, (row + 1) * width),
        ]);
    },
  } satisfies ConstructorParameters<typeof Engine>[0];
  return bytes ? Engine.fromBytes(bytes, options) : new Engine(options);
}

function salesOf(hour: number): EventRow[] {
  const random = createRandom(hour);
  return STORES.flatMap((store) =>
    ITEMS.map((item) => ({
      store,
      item,
      at: MONDAY_MS + hour * HOUR_MS + random.below(3_500_000),
      quantity: 1 + random.below(3),
    })),
  ).filter(() => random.unit() < 0.8);
}

/** Every store ends the hour, in each engine those that are its own. */
function endHour(engines: readonly Engine[], hour: number): void {
  for (const engine of engines)
    for (const store of STORES) engine.advanceTo(store, MONDAY_MS + (hour + 1) * HOUR_MS);
}

const partsOf = (hour: number) => {
  const rows = salesOf(hour).sort((left, right) => left.at - right.at);
  const isFirst = ({ store }: EventRow) => store === 's1' || store === 's2';
  return [rows.filter(isFirst), rows.filter((row) => !isFirst(row))];
};

function together(): Seen {
  const seen: Seen = new Map();
  const engine = engineWith(seen, null);
  for (let hour = 0; hour < HOURS; hour++) {
    engine.apply(eventsOf(partsOf(hour).flat()));
    endHour([engine], hour);
  }
  return seen;
}

/** Two engines that tell each other; `deliver` says what becomes of each record. */
function apart(
  deliver: (record: SumsRecord, to: (record: SumsRecord) => void) => void,
  { restartAt = -1, cutAt = -1 }: { restartAt?: number; cutAt?: number } = {},
): Seen {
  const seen: Seen = new Map();
  const told: SumsRecord[][] = [[], []];
  let engines = [engineWith(seen, 'sums'), engineWith(seen, 'sums')];
  for (let hour = 0; hour < HOURS; hour++) {
    partsOf(hour).forEach((rows, index) => engines[index].apply(eventsOf(rows)));
    if (hour === cutAt) {
      // One store of each has ended the hour, the other has not.
      for (const store of ['s1', 's3'])
        for (const engine of engines) engine.advanceTo(store, MONDAY_MS + (hour + 1) * HOUR_MS);
      engines = engines.map((engine) => engineWith(seen, 'sums', engine.toBytes()));
    }
    endHour(engines, hour);
    engines.forEach((engine, index) => {
      const [other, heard] = [engines[1 - index], told[1 - index]];
      for (const record of engine.takeSums(`p${index}`))
        deliver(record, (one) => {
          heard.push(one);
          other.addSums(decodeSums(encodeSums(one)) ?? one);
        });
    });
    if (hour !== restartAt) continue;
    engines = engines.map((engine) => engineWith(seen, 'sums', engine.toBytes()));
    // The stream is read again from its oldest record.
    engines.forEach((engine, index) => told[index].forEach((record) => engine.addSums(record)));
  }
  return seen;
}

function expectSame(left: Seen, right: Seen): void {
  expect([...left.keys()].sort()).toEqual([...right.keys()].sort());
  for (const [key, features] of left)
    features.forEach((value, at) => {
      const other = right.get(key)?.[at] ?? NaN;
      if (Number.isNaN(value)) expect(other).toBeNaN();
      else expect(Math.abs(other - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value)));
    });
}

describe('sums of other partitions', () => {
  const one = together();

  it('reach both: two engines see what one with all stores sees', () => {
    expectSame(
      apart((record, to) => to(record)),
      one,
    );
  });

  it('that come twice count once, and so they do after a restart', () => {
    const twice = (record: SumsRecord, to: (one: SumsRecord) => void) => [record, record].forEach(to);
    expectSame(apart(twice), one);
    const last = new Map<string, SumsRecord>();
    // Each is told again an hour late: by then it is in the state that the restart began with.
    const again = (record: SumsRecord, to: (one: SumsRecord) => void) => {
      const before = last.get(record.sender);
      if (before) to(before);
      to(record);
      last.set(record.sender, record);
    };
    expectSame(apart(again, { restartAt: 20 }), one);
  });

  it('that do not come are missing, and nothing waits for them', () => {
    const lost = apart(() => {});
    expect([...lost.keys()].sort()).toEqual([...one.keys()].sort());
    const late = apart((record, to) => record.hour % 2 === 0 && to(record));
    expect(late.size).toBe(one.size);
  });

  it('of hours that a restart cut in two do not leave', () => {
    const hours: number[] = [];
    apart((record) => hours.push(record.hour - MONDAY_MS / HOUR_MS), { cutAt: 20 });
    expect(hours.filter((hour) => hour === 19)).toHaveLength(2);
    expect(hours).not.toContain(20);
    expect(hours.filter((hour) => hour === 21)).toHaveLength(2);
  });

  it('are kept for nobody where nobody is told', () => {
    const engine = engineWith(new Map(), 'sums');
    const [rows] = partsOf(10);
    engine.apply(eventsOf(rows));
    endHour([engine], 10);
    expect(engine.takeSums(null)).toEqual([]);
    expect(engine.takeSums('p')).toEqual([]);
  });

  it('are refused when the bytes are of something else', () => {
    const record = {
      sender: 'p',
      hour: 1,
      part: 0,
      parts: 1,
      keys: new BigUint64Array(1),
      sums: new Float32Array(SUM_FIELDS),
    };
    const bytes = encodeSums(record);
    expect(decodeSums(bytes)).toEqual(record);
    expect(decodeSums(bytes.subarray(1))).toBeNull();
    expect(decodeSums(bytes.subarray(0, bytes.length - 1))).toBeNull();
    expect(decodeSums(encodeSums({ ...record, sums: new Float32Array(SUM_FIELDS).fill(NaN) }))).toBeNull();
  });
});
