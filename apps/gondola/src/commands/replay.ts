import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { EmbeddedLog } from '@gondola/broker-embedded';
import { formatLakeAddress, parseConfig } from '@gondola/config';
import { createDetect, detectServiceConfigSchema } from '@gondola/detect-service';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import {
  panelEvents,
  readEventsFile,
  readOnlineRetail,
  readPanelFile,
  type ReplayRecord,
} from '@gondola/replay';
import { loadEmbeddedRegistry, type SchemaRegistry } from '@gondola/schema-registry';
import {
  silentObserver,
  systemClock,
  systemMemoryBytes,
  systemRandom,
  type Log,
  type PipelineRunner,
} from '@gondola/stream';
import { UsageError, type Command, type CommandContext, type Summary } from '../command.js';
import { summariseLake, type LakeSummary } from '../lake-summary.js';
import {
  lineFiles,
  makeMaskingKey,
  openLocalLine,
  readMaskingKey,
  SHIPPED,
  type LocalLine,
} from '../line.js';
import { partitionsOf } from '../open-broker.js';
import { produce } from '../producer.js';
import { readModel } from '../read-model.js';
import { parseReplayOptions, type ReplayOptions } from '../replay-options.js';

const POS = 'retail.pos.transaction';
/** Often enough that a replay that is stopped has not much to do again. */
const FLUSH = { rowsMax: 20_000, ageMsMax: 1_000 };
/** Small ones: detection and ingest share one thread. */
const BATCH_BYTES_MAX = 1 << 18;

export const replay: Command = {
  summary: 'feed a file of real events through the whole line',
  usage:
    'PATH --as panel|online-retail|events --lake DIR|URI [--stores A,B] [--days A..B] [--speed max|N] [--environment NAME]',
  options: {
    as: { type: 'string' },
    lake: { type: 'string' },
    stores: { type: 'string' },
    days: { type: 'string' },
    speed: { type: 'string', default: 'max' },
    environment: { type: 'string', default: 'dev' },
  },
  run: async ({ positionals, values }, context) =>
    runReplay(parseReplayOptions(positionals, values), context),
};

async function runReplay(options: ReplayOptions, context: CommandContext): Promise<Summary> {
  const startMs = systemClock.nowMs();
  const streamFile = lineFiles(options.lake).stream;
  const registry = loadEmbeddedRegistry(SHIPPED.schemas);
  const line = {
    ...openLocalLine({ lake: options.lake, streamFile, batchBytesMax: BATCH_BYTES_MAX }, null),
    registry,
  };
  try {
    const services = await createServices(options, line, logOf(context));
    const records = await runAll(options, line, services, context);
    const streams = [services.stream];
    const lake = await summariseLake(line.store, options.environment, {
      streams,
      subjects: line.registry.subjects(),
    });
    const seconds = (systemClock.nowMs() - startMs) / 1000;
    const ok = !context.signal.aborted;
    context.say(describe({ records, ...lake, seconds, ok }));
    return {
      command: 'replay',
      ok,
      lake: formatLakeAddress(options.lake),
      environment: options.environment,
      records,
      ...lake,
      seconds,
    };
  } finally {
    await line.close();
  }
}

type ReplayLine = LocalLine & { readonly registry: SchemaRegistry };

interface Services {
  readonly stream: string;
  readonly ingest: PipelineRunner;
  readonly detect: PipelineRunner;
}

async function createServices(
  { lake, environment }: ReplayOptions,
  line: ReplayLine,
  log: Log,
): Promise<Services> {
  const files = lineFiles(lake);
  makeMaskingKey(files.maskingKey, environment);
  const common = {
    environment,
    lake,
    stream: { file: files.stream },
    defaultSubject: POS,
  };
  const ingestConfig = parseConfig('ingest', ingestConfigSchema, {
    ...common,
    masking: { keyFile: files.maskingKey },
    flush: FLUSH,
    // A file of garbage is a wish to see what becomes of garbage.
    quarantine: { shareMax: 1 },
  });
  const detectConfig = parseConfig('detect', detectServiceConfigSchema, {
    ...common,
    // The past is replayed: only event time counts.
    advanceByClock: false,
    flush: FLUSH,
    quarantine: { shareMax: 1 },
  });
  const { name: stream, signals } = ingestConfig.stream;
  await line.broker.prepare(stream, partitionsOf(ingestConfig.stream));
  await line.broker.prepare(signals, detectConfig.signalPartitions);
  const deps = {
    ...line,
    clock: systemClock,
    observer: silentObserver,
    log,
    random: systemRandom,
    memoryBytes: systemMemoryBytes,
  };
  const ingest = createIngest(
    ingestConfig,
    { ...deps, validated: null, maskingKey: readMaskingKey(ingestConfig) },
    { once: false },
  );
  return {
    stream,
    ingest,
    detect: createDetect(detectConfig, { ...deps, model: readModel() }, { once: false }).runner,
  };
}

/** Resolves with the number of records sent once all of them are in the tables. */
async function runAll(
  options: ReplayOptions,
  line: ReplayLine,
  { stream, ingest, detect }: Services,
  context: CommandContext,
): Promise<number> {
  const stop = new AbortController();
  context.signal.addEventListener('abort', () => stop.abort(), { once: true });
  const sending = produce(await recordsOf(options, context), {
    sink: line.broker.sink(stream),
    registry: line.registry,
    producerId: producerIdOf(options, line.log, stream),
    nowMs: systemClock.nowMs,
    pace: createPacer(options.speed, stop.signal),
    onProgress: (records) => context.progress(`${basename(options.path)}: ${records} records sent`),
    onRefused: context.say,
    signal: stop.signal,
  }).then((records) => {
    ingest.stopWhenDrained();
    detect.stopWhenDrained();
    return records;
  });
  const all = [sending, ingest.run(stop.signal), detect.run(stop.signal)];
  // The first failure stops the others; they still publish what they have read.
  for (const one of all) one.catch(() => stop.abort());
  const failed = (await Promise.allSettled(all)).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return sending;
}

async function recordsOf(
  { as, path, stores, days }: ReplayOptions,
  { say }: CommandContext,
): Promise<Iterable<ReplayRecord> | AsyncIterable<ReplayRecord>> {
  if (as === 'online-retail') return readOnlineRetail(path);
  if (as === 'events') return readEventsFile(path);
  const chosen = {
    ...(stores ? { stores } : {}),
    ...(days ? { firstDay: days.first, lastDay: days.last } : {}),
  };
  return panelEvents(await readPanelFile(path, stores ? { stores, onMissing: say } : {}), chosen);
}

/**
 * A second run is a continuation only when it sends the same records, or more days of them. Another choice from the same
 * file would send some of them again under new numbers: refused.
 */
function producerIdOf({ path, as, stores, days }: ReplayOptions, log: EmbeddedLog, stream: string): string {
  const content = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  const file = `replay:${as}:${content}:`;
  const id = `${file}stores ${stores?.join() ?? 'all'} from day ${days?.first ?? 0}`;
  const other = log.producers(stream).find((known) => known.startsWith(file) && known !== id);
  if (other === undefined) return id;
  throw new UsageError(
    `this lake already holds ${other.slice(file.length)} of that file; ` +
      'choose the same stores and first day (more days are fine) or another --lake',
  );
}

/** Holds records back so that event time runs `speed` times as fast as the clock. */
function createPacer(speed: number | null, signal: AbortSignal): (timeMs: number) => Promise<void> {
  if (speed === null) return async () => {};
  let start: { timeMs: number; clockMs: number } | null = null;
  return async (timeMs) => {
    start ??= { timeMs, clockMs: systemClock.nowMs() };
    const dueMs = start.clockMs + (timeMs - start.timeMs) / speed;
    const waitMs = dueMs - systemClock.nowMs();
    if (waitMs > 0) await systemClock.sleep(waitMs, signal);
  };
}

function logOf(context: CommandContext): Log {
  const say = (_: unknown, message: string) => context.say(message);
  return { info: say, warn: say, error: say };
}

function describe(result: LakeSummary & { records: number; seconds: number; ok: boolean }): string {
  const silver = Object.entries(result.silverRows).map(
    ([subject, rows]) => `  silver/${subject}  ${rows} rows`,
  );
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, rows]) => `${name} ${rows}`)
      .join(', ') || 'none';
  return [
    result.ok ? `done in ${result.seconds.toFixed(1)} s` : 'stopped; the same command goes on from here',
    `  bronze  ${result.bronzeRows} rows of ${result.records} records sent`,
    ...silver,
    `  quarantine  ${result.quarantineRows} rows: ${list(result.quarantineReasons)}`,
    `  signals  ${list(result.signals)}`,
  ].join('\n');
}
