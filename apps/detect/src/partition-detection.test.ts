import fc from 'fast-check';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { encodeAvro } from '@gondola/contract';
import {
  Engine,
  modelOf,
  parseModel,
  SUM_FIELDS,
  sumsKey,
  type Model,
  type SumsRecord,
} from '@gondola/detect';
import type { EventBatch } from '@gondola/events';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import type { PartitionSignals } from '@gondola/sink-lake';
import { recordBatchOf, type OutgoingRecord, type RecordBatch } from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { markOfText, markToText, type Mark } from './marks.js';
import { Outside } from './outside.js';
import { PartitionDetection } from './partition-detection.js';
import { sortSections } from './state-sections.js';

const ROOT = join(import.meta.dirname, '../../..');
const registry = loadEmbeddedRegistry(join(ROOT, 'schemas'));
const [filter, model] = ['hmm-2026.11.json', 'trees-2026.11.json'].map((name) =>
  parseModel(readFileSync(join(ROOT, 'apps/gondola/models', name), 'utf8')),
);
const eager = modelOf({ ...filter.file, version: 'eager', calibration: { x: [0, 1], y: [0.3, 1] } });
const models = new Map([filter, model, eager].map((one) => [one.hash, one]));
const START_MS = Date.UTC(2026, 9, 1);
const ZONES = ['America/Bogota', 'Asia/Kolkata', 'UTC'];

const shops = createSimulation({
  ...{ seed: 5, stores: 4, items: 12, startMs: START_MS, timeZone: 'America/Bogota' },
});
const itemIds = shops.items.map(({ itemId }) => itemId);

/** Sales and deliveries of a week, without the catalog: that is what stands outside. */
const records: OutgoingRecord[] = shops
  .advanceTo(START_MS + 7 * 86_400_000)
  .events.filter(({ subject }) => !subject.startsWith('retail.catalog.'))
  .map(({ key, subject, event, timeMs }) => {
    const contract = registry.contractOf(subject);
    if (!contract) throw new Error(`no contract ${subject}`);
    return { key: Buffer.from(key), value: encodeAvro(contract, event), timestampMs: timeMs };
  });

/** A catalog that changes its mind. */
class Catalog {
  turn = 0;
  timeZoneOf = (storeId: string): string | undefined => {
    const at = (storeId.length + Number(storeId.at(-1)) + this.turn) % 4;
    return ZONES.at(at === 3 ? ZONES.length : at);
  };
  hoursOf = (storeId: string): string | null =>
    this.turn % 2 === 1 ? `Mo-Su 0${storeId.length}:00-21:00` : null;
  get promotions() {
    const promotion = { fromMs: START_MS, untilMs: START_MS + 9 * 86_400_000, uplift: 1 + (this.turn % 3) };
    return new Map(this.turn % 2 === 0 ? [] : [[itemIds[0], promotion]]);
  }
  cityOf = (storeId: string): string | null => (this.turn % 3 === 2 ? null : `city-${storeId.at(-1)}`);
  categoryOf = (itemId: string): string | null => (this.turn % 2 === 0 ? null : `group-${itemId.at(-1)}`);
}

/** What happens to a running detection between two batches. */
type Step =
  | { read: number; isCatalogChanging?: boolean }
  | { waitMinutes: number; shelvesMax?: number }
  | { catalog: true }
  | { champion: Model }
  | { snapshot: true }
  | { sumsOfHour: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ read: fc.integer({ min: 1, max: 400 }), isCatalogChanging: fc.boolean() }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        waitMinutes: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 60, max: 1_800 })),
        shelvesMax: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ catalog: true } as const) },
    { weight: 1, arbitrary: fc.record({ champion: fc.constantFrom(...models.values()) }) },
    { weight: 1, arbitrary: fc.constant({ snapshot: true } as const) },
    { weight: 2, arbitrary: fc.record({ sumsOfHour: fc.integer({ min: -3, max: 2 }) }) },
  ),
  { minLength: 3, maxLength: 25 },
);

async function read(from: number, count: number): Promise<[readonly EventBatch[], RecordBatch]> {
  const batch = recordBatchOf('events', '0', BigInt(from), records.slice(from, from + count));
  const validate = createValidateStage({ registry, defaultSubject: null });
  const { value } = await validate.run(batch, { records: batch, rejected: [], nowMs: START_MS });
  return [value, batch];
}

const idsOf = (all: readonly PartitionSignals[]) =>
  all.flatMap(({ signals }) => signals.map(({ signalId, atMs }) => `${signalId} ${atMs}`));

/** What another partition says of an hour, counted from the newest event's. */
function sumsOf(hour: number): SumsRecord {
  const keys = BigUint64Array.from({ length: 12 }, (_, n) => sumsKey(null, itemIds[n]));
  const sums = Float32Array.from({ length: 12 * SUM_FIELDS }, (_, at) => ((at * 7 + hour) % 11) + 1);
  return { sender: 'other', hour, part: 0, parts: 1, keys, sums };
}

/** Few, so that a batch is applied in pieces. */
const SHELVES_AT_ONCE = 10;

const sums = { senderOf: (partition: string) => partition, told: () => [] };

/** A detection that is followed: what it said and was told since its last snapshot. */
class Followed {
  readonly catalog = new Catalog();
  readonly detection: PartitionDetection;
  marks: Mark[] = [];
  said: string[] = [];
  position = 0;
  snapshot: { position: number; sections: Uint8Array[]; copy: ReturnType<PartitionDetection['copy']> };

  constructor() {
    const outside = new Outside(this.catalog);
    const engine = engineOf(outside);
    const start = { engine, outside, position: 0n, until: 0n, marks: [] };
    this.detection = new PartitionDetection(
      '0',
      { ...start, models, shadow, made },
      (mark) => this.marks.push(mark),
      sums,
      SHELVES_AT_ONCE,
    );
    this.snapshot = this.begin();
  }

  async do(step: Step): Promise<void> {
    if ('read' in step) {
      const [batches, batch] = await read(this.position, step.read);
      const running = this.detection.run(batches, batch);
      // While hours are ended in pieces.
      if (step.isCatalogChanging) {
        this.catalog.turn++;
        this.detection.placeStores();
      }
      this.said.push(...idsOf(await running));
      this.position += batch.count;
    } else if ('waitMinutes' in step) {
      const last = records[Math.max(0, this.position - 1)].timestampMs;
      const found = this.detection.advance(last + step.waitMinutes * 60_000, step.shelvesMax);
      if (found) this.said.push(...idsOf([found]));
    } else if ('sumsOfHour' in step) {
      const last = records[Math.max(0, this.position - 1)].timestampMs;
      this.detection.hear(sumsOf(Math.floor(last / 3_600_000) + step.sumsOfHour));
    } else if ('catalog' in step) {
      this.catalog.turn++;
      this.detection.placeStores();
    } else if ('champion' in step) {
      this.detection.use({ champion: step.champion, challenger: null });
    } else {
      this.end();
      this.marks = [];
      this.said = [];
      this.snapshot = this.begin();
    }
    // Some of the copy at a time: the rest is made while detection goes on.
    const section = this.snapshot.copy.next();
    if (section) this.snapshot.sections.push(section);
  }

  end(): void {
    const { copy, sections } = this.snapshot;
    for (let section = copy.next(); section; section = copy.next()) sections.push(section);
  }

  private begin() {
    return { position: this.position, sections: [], copy: this.detection.copy() };
  }
}

const engineOf = (outside: Outside, sections?: readonly Uint8Array[]): Engine => {
  const { timeZoneOf, cityOf, hoursOf, categoryOf } = outside;
  const config = { sumsStream: 'sums' };
  const options = { environment: 'test', config, timeZoneOf, cityOf, hoursOf, categoryOf };
  if (!sections) return new Engine({ ...options, model });
  const { modelHash, shelves } = sortSections(sections);
  return Engine.fromSections(shelves, { ...options, model: models.get(modelHash ?? '') ?? model });
};

const made = { stream: 'events', setup: '', software: '' };

const shadow = () => {
  throw new Error('nobody challenges');
};

describe('a replay from a snapshot', () => {
  it('says what was said and ends where detection was, whatever came from outside and however it is cut', async () => {
    let marks = 0;
    let sumsTold = 0;
    const [sizes, lastMinutes] = [fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 60 })];
    const property = fc.asyncProperty(steps, sizes, lastMinutes, async (all, size, waitMinutes) => {
      const live = new Followed();
      for (const step of all) await live.do(step);
      // What the clock did last, no later record makes up for.
      await live.do({ waitMinutes });
      live.end();
      marks += live.marks.length;
      sumsTold += live.marks.filter(({ kind }) => kind === 'sums').length;

      // What the catalog says now was not so then.
      const outside = new Outside(live.catalog);
      const { position, sections } = live.snapshot;
      const noted: Mark[] = [];
      const { promoted } = sortSections(sections);
      const detection = new PartitionDetection(
        '0',
        {
          engine: engineOf(outside, sections),
          ...{ outside, position: BigInt(position), until: BigInt(live.position) },
          marks: live.marks.map((mark) => markOfText(markToText(mark))),
          ...{ models, shadow, made, promoted },
        },
        (mark) => noted.push(mark),
        sums,
      );
      const replayed: PartitionSignals[] = [];
      for (let at = position; at < live.position; at += size)
        replayed.push(...(await detection.run(...(await read(at, Math.min(size, live.position - at))))));
      replayed.push(...detection.finishReplay());
      expect(idsOf(replayed)).toEqual(live.said);
      // What the catalog says now may be kept again; nothing new was decided.
      expect(noted.filter(({ kind }) => kind !== 'facts')).toEqual([]);
      expect(detection.isReplaying).toBe(false);
      const [one, other] = [detection.engine.toBytes(), live.detection.engine.toBytes()];
      expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
    });
    await fc.assert(property, { numRuns: 30 });
    expect(marks).toBeGreaterThan(0);
    expect(sumsTold).toBeGreaterThan(0);
  });
});

test.each([0, 1])(
  'a promotion that ended while no detector ran is over, %i marks after the snapshot',
  async (told) => {
    const live = new Followed();
    await live.do({ read: 100 });
    if (told === 0) await live.do({ catalog: true });
    await live.do({ snapshot: true });
    if (told === 1) await live.do({ catalog: true });
    live.end();
    const { position, sections } = live.snapshot;
    live.catalog.turn++;
    const outside = new Outside(live.catalog);
    const engine = engineOf(outside, sections);
    const { marks } = live;
    const at = { position: BigInt(position), until: BigInt(live.position), marks };
    const { promoted } = sortSections(sections);
    const start = { engine, outside, ...at, models, shadow, made, promoted };
    const noted: Mark[] = [];
    const detection = new PartitionDetection('0', start, (mark) => noted.push(mark), sums);
    detection.finishReplay();
    expect(noted.filter(({ kind }) => kind === 'promotions')).toEqual([
      { at: BigInt(live.position), kind: 'promotions', items: [[itemIds[0]]] },
    ]);
  },
);

test('whatever the clock changes is marked, also where no hour ends', async () => {
  const live = new Followed();
  await live.do({ read: 2_000 });
  live.end();
  const { detection, marks } = live;
  const bytes = () => Buffer.from(detection.engine.toBytes());
  const lastMs = records[1_999].timestampMs;
  for (let minutes = 0, before = bytes(); minutes <= 75; minutes++) {
    const known = marks.length;
    detection.advance(lastMs + minutes * 60_000);
    const after = bytes();
    expect({ minutes, isMarked: marks.length > known }).toEqual({ minutes, isMarked: !after.equals(before) });
    before = after;
  }
  expect(marks.filter(({ kind }) => kind === 'clock').length).toBeGreaterThan(2);
});
