import fc from 'fast-check';
import { readCheckpoint, writeCheckpoint } from '@gondola/lake-parquet';
import { GondolaError, type ColumnSpec } from '@gondola/stream';
import { createHandClock, createMemoryStore } from '../test/memory-store.js';
import { createUpkeep, fileOf, HINT, logOf, namesOf, SPEC, withProperties } from '../test/tables.js';
import { openTable, readSnapshot, type DeltaTable, type TableSnapshot } from './index.js';

const HOUR_MS = 3_600_000;
const RETENTION_HOURS = 10;
const WRITERS = 3;
const table = withProperties({
  'delta.checkpointInterval': '3',
  'delta.logRetentionDuration': `interval ${RETENTION_HOURS} hours`,
});

/** What a version must look like, however it is loaded. */
interface Version {
  readonly files: readonly string[];
  readonly positions: Readonly<Record<string, bigint>>;
  readonly columns: number;
  readonly atMs: number;
}

/** Some are busy, and some fall behind. */
const writer = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat(WRITERS - 1) },
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), writer, files: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      writer,
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      dataChange: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reopen' as const), writer, wider: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refresh' as const), writer }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hint' as const), pick: fc.option(fc.nat()) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A table in a store, three writers that know of each other by its log only, and what the table must be. */
async function createWorld() {
  const clock = createHandClock();
  const { store, objects } = createMemoryStore(clock);
  const { upkeep, warnings } = createUpkeep(writeCheckpoint);
  const history: Version[] = [
    { files: [], positions: {}, columns: SPEC.columns.length, atMs: clock.nowMs() },
  ];
  const newest = () => history[history.length - 1];
  const columns: ColumnSpec[] = [...SPEC.columns];
  let names = 0;
  // The last one leaves checkpoints to the others.
  const open = (which: number) =>
    openTable(store, { ...table, columns }, clock, readCheckpoint, which < WRITERS - 1 ? upkeep : undefined);
  const writers: DeltaTable[] = [];
  for (let which = 0; which < WRITERS; which++) writers.push(await open(which));

  const committed = (change: Partial<Version>) =>
    history.push({ ...newest(), ...change, atMs: clock.nowMs() });

  async function append(which: number, count: number) {
    const added = Array.from({ length: count }, () => `f${names++}`);
    const appId = `writer-${which}`;
    const expected = newest().positions[appId] ?? null;
    const version = (expected ?? 0n) + 1n;
    committed({
      files: [...newest().files, ...added],
      positions: { ...newest().positions, [appId]: version },
    });
    const files = added.map(fileOf);
    const transactions = [{ appId, expected, version }];
    expect(await writers[which].append({ files, transactions, operation: 'WRITE' })).toBe(history.length - 1);
  }

  /** Plans on what the writer knows, which may be old. */
  async function replace(which: number, picks: readonly number[], dataChange: boolean) {
    const known = writers[which].snapshot().files;
    if (known.length === 0) return;
    const removes = [...new Set(picks.map((pick) => known[pick % known.length]))];
    const gone = new Set(namesOf(removes));
    const name = `f${names++}`;
    const change = { removes, files: [fileOf(name)], dataChange, transactions: [], operation: 'OPTIMIZE' };
    if ([...gone].some((file) => !newest().files.includes(file))) {
      await expect(writers[which].changeFiles(change)).rejects.toMatchObject({ code: 'commit_conflict' });
      return;
    }
    committed({ files: [...newest().files.filter((file) => !gone.has(file)), name] });
    expect(await writers[which].changeFiles(change)).toBe(history.length - 1);
  }

  async function reopen(which: number, wider: boolean) {
    if (wider) columns.push({ name: `added_${columns.length}`, type: { kind: 'int64' }, nullable: true });
    if (columns.length > newest().columns) committed({ columns: columns.length });
    writers[which] = await open(which);
  }

  async function run(next: Step) {
    if (next.kind === 'append') await append(next.writer, next.files);
    if (next.kind === 'replace') await replace(next.writer, next.picks, next.dataChange);
    if (next.kind === 'wait') clock.move(next.hours * HOUR_MS);
    if (next.kind === 'reopen') await reopen(next.writer, next.wider);
    if (next.kind === 'refresh') expectVersion(await writers[next.writer].refresh(), newest());
    if (next.kind === 'hint') await pointTo(next.pick);
  }

  /** Forgets the newest checkpoint, or points to an older one. */
  async function pointTo(pick: number | null) {
    const { checkpoints } = await logOf(store);
    if (pick === null || checkpoints.length === 0) objects.delete(HINT);
    else {
      const hint = JSON.stringify({ version: checkpoints[pick % checkpoints.length], size: 1 });
      await store.put(HINT, new TextEncoder().encode(hint));
    }
  }

  return { store, clock, history, writers, warnings, newest, run };
}

function expectVersion(snapshot: TableSnapshot | null, expected: Version): void {
  expect(namesOf(snapshot?.files ?? [])).toEqual(expected.files);
  expect(Object.fromEntries(snapshot?.transactions ?? [])).toEqual(expected.positions);
  expect(JSON.parse(snapshot?.metadata.schemaString ?? '').fields).toHaveLength(expected.columns);
}

test('whatever writers, checkpoints and clean-ups did, every version is the one of an in-memory model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
      const world = await createWorld();
      for (const next of steps) await world.run(next);
      const { store, clock, history, writers } = world;
      expectVersion(await readSnapshot(store, SPEC.path, readCheckpoint), world.newest());
      for (const held of writers) expectVersion(await held.refresh(), world.newest());
      for (const [version, expected] of history.entries()) {
        const snapshot = await readSnapshot(store, SPEC.path, readCheckpoint, { version }).catch(
          (error: unknown) => {
            // Only what has expired may be gone.
            expect(error).toBeInstanceOf(GondolaError);
            expect(error).toMatchObject({ code: 'position_gap' });
            expect(expected.atMs).toBeLessThan(clock.nowMs() - RETENTION_HOURS * HOUR_MS);
            return null;
          },
        );
        if (snapshot) expectVersion(snapshot, expected);
      }
      expect(world.warnings).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 600_000);
