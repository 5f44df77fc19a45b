import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { silentLog, silentObserver, type OutgoingRecord } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { createRegistry } from '@gondola/telemetry';
import { z } from 'zod';
import { envelope, NOW_MS, POS, sale } from '../../apps/collector/test/door-harness.js';
import { openFollowing } from '../../apps/gondola/src/following.js';
import { SHIPPED } from '../../apps/gondola/src/line.js';

/** The parts of OpenLineage 2-0-2 that are used, as its JSON Schema has them; stricter, since we know what we write. */
const facet = <T extends z.ZodRawShape>(name: string, shape: T) =>
  z.strictObject({
    _producer: z.literal('urn:gondola:0.1.0'),
    _schemaURL: z
      .string()
      .regex(
        new RegExp(
          `^(https://openlineage\\.io/spec/facets/\\d-\\d-\\d/${name}\\.json|urn:gondola:openlineage:\\w+:1)#/\\$defs/${name}$`,
        ),
      ),
    ...shape,
  });
const dataset = { namespace: z.string().min(1), name: z.string().min(1) };
const digits = z.string().regex(/^\d+$/);
const runEvent = z.strictObject({
  eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'FAIL']),
  eventTime: z.iso.datetime(),
  producer: z.literal('urn:gondola:0.1.0'),
  schemaURL: z.literal('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'),
  run: z.strictObject({
    runId: z.uuidv7(),
    facets: z.strictObject({
      processing_engine: facet('ProcessingEngineRunFacet', { name: z.string(), version: z.string() }),
      errorMessage: facet('ErrorMessageRunFacet', {
        message: z.string(),
        programmingLanguage: z.string(),
      }).optional(),
    }),
  }),
  job: z.strictObject({
    ...dataset,
    facets: z.strictObject({
      jobType: facet('JobTypeJobFacet', {
        processingType: z.literal('STREAMING'),
        integration: z.string(),
        jobType: z.string(),
      }),
    }),
  }),
  inputs: z.array(
    z.strictObject({
      ...dataset,
      inputFacets: z
        .strictObject({
          gondola_positions: facet('PositionsInputDatasetFacet', {
            partitions: z.record(z.string(), z.strictObject({ from: digits.nullable(), to: digits })),
            records: z.int().min(0),
          }),
        })
        .optional(),
    }),
  ),
  outputs: z.array(
    z.strictObject({
      ...dataset,
      facets: z
        .strictObject({
          schema: facet('SchemaDatasetFacet', {
            fields: z.array(z.looseObject({ name: z.string(), type: z.string() })).min(1),
          }).optional(),
          version: facet('DatasetVersionDatasetFacet', { datasetVersion: digits }).optional(),
        })
        .optional(),
      outputFacets: z
        .strictObject({
          outputStatistics: facet('OutputStatisticsOutputDatasetFacet', {
            rowCount: z.int().min(1),
            size: z.int().optional(),
            fileCount: z.int().optional(),
          }),
        })
        .optional(),
    }),
  ),
});
type Event = z.output<typeof runEvent>;

const folder = mkdtempSync(join(tmpdir(), 'gondola-lineage-'));
const streamFile = join(folder, 'stream.sqlite');
const log = EmbeddedLog.open(streamFile);
for (const stream of ['events', 'validated']) log.createStream(stream, 2);
const lake = join(folder, 'lake');
const keyFile = join(folder, 'masking.key');
writeFileSync(keyFile, 'a key of at least thirty-two bytes!');
afterAll(() => {
  log.close();
  rmSync(folder, { recursive: true });
});

const recordOf = (value: unknown, key: string): OutgoingRecord => ({
  ...{ key: Buffer.from(key), value: Buffer.from(JSON.stringify(value)), timestampMs: NOW_MS },
});

/** Runs ingest over what is in the stream, 100 rows a commit, and reads what it says of that. */
async function lineageOfRun(file: string): Promise<Event[]> {
  const config = parseConfig('ingest', ingestConfigSchema, {
    ...{ environment: 'dev', lake, stream: { file: streamFile, batchBytesMax: 4_096 } },
    ...{ validated: { file: streamFile, name: 'validated' }, masking: { keyFile }, lineage: { file } },
    flush: { rowsMax: 100 },
  });
  await using opened = new AsyncDisposableStack();
  const tools = { name: 'ingest', runId: 'run', metrics: createRegistry(), log: silentLog, opened };
  const following = await openFollowing(config, tools);
  const broker = createEmbeddedBroker(log, { batchBytesMax: 4_096 });
  const parts = {
    ...following.of({
      pipeline: 'ingest',
      stream: config.stream,
      lake: config.lake,
      output: config.validated,
    }),
    ...{ broker, validated: broker.sink('validated'), store: createLocalDiskStore(lake) },
    ...{ registry: loadEmbeddedRegistry(SHIPPED.schemas), maskingKey: readFileSync(keyFile) },
    ...{ clock: createManualClock(NOW_MS, { autoAdvance: true }), eventNowMs: () => NOW_MS },
    ...{ observer: silentObserver, log: silentLog, random: () => 0, memoryBytes: () => 0 },
  };
  await createIngest(config, parts, { once: true }).run(new AbortController().signal);
  await opened.disposeAsync();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => runEvent.parse(JSON.parse(line)));
}

/** Rows that all events together say were written to a table or stream, and the bytes of their files. */
function written(events: readonly Event[], name: string) {
  const outputs = events.flatMap((event) => event.outputs).filter((one) => one.name === name);
  const statistics = outputs.flatMap(({ outputFacets }) => outputFacets?.outputStatistics ?? []);
  return {
    rows: statistics.reduce((sum, { rowCount }) => sum + rowCount, 0),
    bytes: statistics.reduce((sum, { size = 0 }) => sum + size, 0),
    versions: outputs.flatMap(({ facets }) => facets?.version?.datasetVersion ?? []),
  };
}

const bytesBelow = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

it('says of each commit which records became how many rows of what, and adds up to what is there', async () => {
  const sink = createEmbeddedSink(log, 'events');
  const good = Array.from({ length: 400 }, (_, at) => recordOf(envelope(sale(at)), `S${at % 7}`));
  const bad = Array.from({ length: 20 }, (_, at) => recordOf({ nothing: at }, `S${at % 7}`));
  for (const some of [good.slice(0, 150), bad, good.slice(150)]) await sink.append(some);

  const first = await lineageOfRun(join(folder, 'first.jsonl'));
  expect(first.map(({ eventType }) => eventType)).toEqual([
    'START',
    ...first.slice(1, -1).map(() => 'RUNNING'),
    'COMPLETE',
  ]);
  expect(first.length).toBeGreaterThan(4);
  expect(new Set(first.map(({ run }) => run.runId)).size).toBe(1);
  for (const { job, inputs } of first) {
    expect(job).toMatchObject({ namespace: 'gondola-dev', name: `ingest.${streamFile}/events` });
    expect(inputs).toMatchObject([{ namespace: 'file', name: `${streamFile}/events` }]);
  }

  // No record is left out or counted twice: each commit begins where the one before ended.
  const positions = first.flatMap(({ inputs }) =>
    inputs.flatMap((one) => one.inputFacets?.gondola_positions ?? []),
  );
  const ends = new Map<string, string>();
  for (const { partitions } of positions)
    for (const [partition, { from, to }] of Object.entries(partitions)) {
      expect(from).toBe(ends.get(partition) ?? '0');
      ends.set(partition, to);
    }
  expect([...ends.values()].reduce((sum, end) => sum + Number(end), 0)).toBe(420);
  expect(positions.reduce((sum, { records }) => sum + records, 0)).toBe(420);

  const bronze = written(first, join(lake, 'dev/bronze/events'));
  expect(bronze).toMatchObject({ rows: 420, bytes: bytesBelow(join(lake, 'dev/bronze/events')) });
  const commits = readdirSync(join(lake, 'dev/bronze/events/_delta_log')).filter((name) =>
    /^\d+\.json$/.test(name),
  );
  // The first version made the table.
  expect(bronze.versions).toEqual(commits.slice(1).map((name) => `${parseInt(name, 10)}`));
  expect(written(first, join(lake, `dev/silver/${POS}`)).rows).toBe(400);
  expect(written(first, join(lake, 'dev/quarantine')).rows).toBe(20);
  expect(written(first, `${streamFile}/validated`)).toEqual({ rows: 400, bytes: 0, versions: [] });
  // Who reads only the last event of a run still learns what hangs together.
  const last = first.at(-1)?.outputs.map(({ name }) => name);
  expect(last).toEqual(expect.arrayContaining([join(lake, `dev/silver/${POS}`), `${streamFile}/validated`]));

  // Another run is another run, and goes on where that one ended.
  await sink.append(
    good.slice(0, 1).map((one) => ({ ...one, value: Buffer.from(JSON.stringify(envelope(sale(900)))) })),
  );
  const second = await lineageOfRun(join(folder, 'second.jsonl'));
  expect(second[0].run.runId).not.toBe(first[0].run.runId);
  const [moved] = second.flatMap(({ inputs }) =>
    inputs.flatMap((one) => one.inputFacets?.gondola_positions ?? []),
  );
  for (const [partition, { from }] of Object.entries(moved.partitions))
    expect(from).toBe(ends.get(partition));
  expect(moved.records).toBe(1);
}, 600_000);
