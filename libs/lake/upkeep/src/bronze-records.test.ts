import { createLocalDiskStore } from '@gondola/lake-object-store';
import { addFileOf, dataFilePath, openTable } from '@gondola/lake-delta';
import {
  columnSpec,
  HEADERS_TYPE,
  positionAt,
  recordAt,
  type ColumnSpec,
  type ColumnValues,
} from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import fc from 'fast-check';
import { createLake, environment, NOW_MS } from '../test/support.js';
import { openBronze, positionsOfDates } from './bronze-index.js';
import { readBronzeRecords } from './bronze-records.js';
import { ALL_DATES } from './upkeep-deps.js';

const COLUMNS: readonly ColumnSpec[] = [
  columnSpec('partition', 'string'),
  columnSpec('position', 'int64'),
  columnSpec('key', 'binary', true),
  columnSpec('value', 'binary', true),
  { name: 'headers', type: HEADERS_TYPE, nullable: false },
  columnSpec('broker_time', 'timestamp'),
  columnSpec('ingest_time', 'timestamp'),
];
const DATE = columnSpec('ingest_date', 'date');

interface Place {
  readonly partition: string;
  readonly position: bigint;
}
const bytesOf = ({ partition, position }: Place) => Buffer.from(`${partition}:${position}`);

describe('records read back from bronze', () => {
  let lake: ReturnType<typeof newLake>;
  const newLake = () => createLake(createLocalDiskStore, createManualClock(NOW_MS));
  beforeEach(() => (lake = newLake()));
  afterEach(() => lake.remove());

  /** A table whose files hold these places in this order; a file's time is the number of its place. */
  async function writeBronze(
    stream: string,
    files: readonly (readonly Place[])[],
    valueOf: (place: Place) => Uint8Array = bytesOf,
  ): Promise<void> {
    const { store, clock, encoder } = lake.deps;
    const path = `${environment}/bronze/${stream}`;
    const properties = { 'gondola.environment': environment };
    const spec = { path, columns: [...COLUMNS, DATE], partitionBy: DATE.name, properties };
    const table = await openTable(store, spec, clock);
    for (const [at, places] of files.entries()) {
      const values: Record<string, ColumnValues> = {
        partition: places.map(({ partition }) => partition),
        position: BigInt64Array.from(places, ({ position }) => position),
        key: places.map(({ position }) => (position % 3n === 0n ? null : Buffer.from('k'))),
        value: places.map(valueOf),
        headers: places.map(({ position }) =>
          position % 2n === 0n ? [] : [{ key: 'h', value: Buffer.from('1') }],
        ),
        broker_time: Float64Array.from(places, ({ position }) => Number(position % 1000n) * 1000),
        ingest_time: new Float64Array(places.length).fill(at * 1_000_000),
      };
      const file = await encoder.encode([
        {
          rows: places.length,
          columns: COLUMNS.map((column) => ({ spec: column, values: values[column.name] })),
        },
      ]);
      const partitionValues = { [DATE.name]: '2026-11-23' };
      const name = dataFilePath(partitionValues, `part-${at}.parquet`);
      await store.put(`${path}/${name}`, file.bytes);
      const added = addFileOf(name, file, partitionValues, NOW_MS);
      await table.append({ files: [added], transactions: [], operation: 'WRITE' });
    }
  }

  async function readBack(stream: string, from?: bigint) {
    const bronze = await openBronze(lake.deps, stream);
    const all = await positionsOfDates(lake.deps, bronze, ALL_DATES);
    const ranges =
      from === undefined ? all : new Map([...all].map(([partition, { to }]) => [partition, { from, to }]));
    const places: Place[] = [];
    const doubled: Place[] = [];
    for await (const batch of readBronzeRecords(lake.deps, bronze, {
      stream,
      ranges,
      withValues: true,
    })) {
      const { partition, count } = batch.records;
      for (let index = 0; index < count; index++) {
        const place = { partition, position: positionAt(batch.records, index) };
        places.push(place);
        const { key, value, headers, timestampMs } = recordAt(batch.records, index);
        expect(value && Buffer.from(value).toString()).toBe(bytesOf(place).toString());
        expect(key === null).toBe(place.position % 3n === 0n);
        expect(headers).toHaveLength(Number(place.position % 2n));
        expect(timestampMs).toBe(Number(place.position % 1000n));
      }
      doubled.push(...batch.doubled.map((position) => ({ partition, position })));
    }
    return { places, doubled };
  }

  const textsOf = (places: readonly Place[]) => places.map((place) => bytesOf(place).toString());

  it('come in the order of their partition, each once, however they were shuffled over files', async () => {
    let next = 0;
    const place = fc.record({
      partition: fc.constantFrom('0', '1', '10'),
      position: fc.oneof(fc.bigInt(0n, 40n), fc.bigInt(2n ** 62n, 2n ** 62n + 20n)),
    });
    const files = fc.array(fc.array(place, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(files, async (written) => {
        const stream = `random-${next++}`;
        await writeBronze(stream, written);
        const { places, doubled } = await readBack(stream);
        const every = textsOf(written.flat());
        expect(new Set(textsOf(places)).size).toBe(places.length);
        expect([...textsOf(places), ...textsOf(doubled)].sort()).toEqual(every.sort());
        for (const partition of ['0', '1', '10']) {
          const positions = places.filter((one) => one.partition === partition).map((one) => one.position);
          expect(positions).toEqual([...positions].sort((left, right) => (left < right ? -1 : 1)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('come in order from files so large that they are read part by part', async () => {
    const rows = 20;
    const places = (of: (index: number) => number): Place[] =>
      Array.from({ length: rows }, (_, index) => ({ partition: '0', position: BigInt(of(index)) }));
    // One upwards, one downwards, so that rows of all its parts wait for each other.
    const files = [places((index) => 2 * index), places((index) => 2 * (rows - index) - 1)];
    await writeBronze('parts', files, (place) => Buffer.concat([bytesOf(place), Buffer.alloc(1 << 20)]));
    const bronze = await openBronze(lake.deps, 'parts');
    const ranges = await positionsOfDates(lake.deps, bronze, ALL_DATES);
    const found: string[] = [];
    for await (const { records, doubled } of readBronzeRecords(lake.deps, bronze, {
      stream: 'parts',
      ranges,
      withValues: true,
    })) {
      expect(doubled).toEqual([]);
      for (let index = 0; index < records.count; index++) {
        const value = recordAt(records, index).value ?? Buffer.of();
        found.push(Buffer.from(value.subarray(0, 8)).toString().replace(/\0+$/, ''));
      }
    }
    expect(found).toEqual(Array.from({ length: 2 * rows }, (_, position) => `0:${position}`));
    for (const { parts } of bronze.indexed.values()) expect(parts.length).toBeGreaterThan(1);
  }, 600_000);

  it('begin where they are asked to', async () => {
    const places = Array.from({ length: 30 }, (_, index) => ({ partition: '0', position: BigInt(index) }));
    await writeBronze('events', [places.slice(0, 10), places.slice(10, 20), places.slice(20)]);
    expect(textsOf((await readBack('events', 15n)).places)).toEqual(textsOf(places.slice(15)));
  });

  it('are not there where there is no table', async () => {
    await expect(openBronze(lake.deps, 'nothing')).rejects.toMatchObject({ code: 'input_invalid' });
  });
});
