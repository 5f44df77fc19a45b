import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { apiConfigSchema, createApi, isGuarded, type VerdictWriter } from '@gondola/api';
import { collectorConfigSchema, createCollector, type Collector } from '@gondola/collector';
import { parseConfig, readConfigFile, streamFields, type StreamConfig } from '@gondola/config';
import { createDetect, detectServiceConfigSchema } from '@gondola/detect-service';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import type { SchemaRegistry } from '@gondola/schema-registry';
import {
  SetupError,
  systemClock,
  systemMemoryBytes,
  systemRandom,
  type Log,
  type Service,
} from '@gondola/stream';
import {
  createPipelineMetrics,
  createRegistry,
  createStockoutMetrics,
  Logging,
  type MetricsRegistry,
} from '@gondola/telemetry';
import { parsePort, UsageError, type Command, type CommandContext, type Summary } from '../command.js';
import { BOOKS_WORKER } from '../books-worker-file.js';
import { createDemo, type Demo } from '../demo.js';
import { openExplain } from '../open-explain.js';
import { openFollowing } from '../following.js';
import { keyringOf } from '../key-file.js';
import {
  lineFiles,
  makeMaskingKey,
  openLine,
  openLocalLine,
  readMaskingKey,
  SHIPPED,
  type Line,
  type LocalLine,
} from '../line.js';
import { oneAtATime, openValidated, partitionsOf, prepareForDetect, type OpenSink } from '../open-broker.js';
import { openAccess } from '../open-access.js';
import { openQuarantine } from '../open-quarantine.js';
import { openContracts, openRegistry } from '../open-registry.js';
import { verdictWriterOf } from '../open-verdicts.js';
import { showProcess } from '../process-metrics.js';
import { makeProducerKey } from '../producer-key.js';
import { readModel } from '../read-model.js';
import { createRetention } from '../retention.js';
import { upConfigSchema, type UpConfig } from '../up.config.js';
import { openWebhookSecrets } from '../webhook-secrets.js';

const DEMO_FOLDER = '.gondola';

export const up: Command = {
  summary: 'run all services in one process; without --config with demo shops',
  usage: '[--config FILE] [--port N]',
  options: { config: { type: 'string' }, port: { type: 'string' } },
  run: async ({ positionals, values }, context) => {
    if (positionals.length > 0) throw new UsageError('up takes no positional arguments');
    const path = values['config'];
    if (path !== undefined && values['port'] !== undefined)
      throw new UsageError('--port is of the demo; with --config the file says http.port');
    const config =
      typeof path === 'string' ? readConfigFile(path, upConfigSchema) : demoConfig(values['port'], context);
    return runUp(config, context);
  },
};

/** Every demo starts with empty shops, in a folder of its own: yesterday's would have a hole of a night in them. */
function demoConfig(port: string | boolean | undefined, context: CommandContext): UpConfig {
  const http = port === undefined ? {} : { port: parsePort(port) };
  const lake = join(DEMO_FOLDER, `demo-${process.pid}`);
  const config = parseConfig('up', upConfigSchema, {
    environment: 'dev',
    lake,
    http,
    demo: {},
    // The simulator's shops are not those that trees were grown on.
    detect: { model: SHIPPED.filterModel },
  });
  removeDeadDemos();
  context.say(`demo shops, made anew; their lake is ${lake} until the next demo starts`);
  return config;
}

/** A demo that still runs, on another port, keeps its folder. */
function removeDeadDemos(): void {
  if (!existsSync(DEMO_FOLDER)) return;
  for (const name of readdirSync(DEMO_FOLDER)) {
    const pid = /^demo-(\d+)$/.exec(name)?.[1];
    if (pid && (Number(pid) === process.pid || !isRunning(Number(pid))))
      rmSync(join(DEMO_FOLDER, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // Nobody has that number any more, or it is somebody else's process: not a demo of ours.
    return false;
  }
}

async function runUp(config: UpConfig, context: CommandContext): Promise<Summary> {
  const stream = config.stream ?? parseConfig('up', streamFields, { file: lineFiles(config.lake).stream });
  const configs = configsOf(config, stream);
  const metrics = createRegistry();
  showProcess(metrics, config.environment, [config, configs]);
  const line =
    stream.broker === 'embedded'
      ? openLocalLine({ ...config, streamFile: stream.file, batchBytesMax: stream.batchBytesMax }, metrics)
      : await openLine({ ...config, stream }, metrics);
  const opened = new AsyncDisposableStack();
  opened.defer(() => line.close());
  try {
    const validated = await openValidated(configs.ingest);
    if (validated) opened.defer(() => validated.close());
    const { store } = line;
    const logging = new Logging(systemClock);
    opened.defer(async () => logging.close());
    const log = logging.logger('up', config.logLevel);
    const contracts = await openContracts(configs.ingest, { store, log, signal: context.signal });
    const parts = { line, contracts, validated, metrics, opened, logging };
    const url = await serve(config, configs, parts, context);
    return { command: 'up', ok: true, url };
  } finally {
    await opened.disposeAsync();
  }
}

/** The configuration of each service: what they share, and what is said of each. */
function configsOf(config: UpConfig, stream: StreamConfig) {
  const { environment, lake, schemas, registry, http } = config;
  const keyFile = config.masking?.keyFile ?? lineFiles(lake).maskingKey;
  if (!config.masking) makeMaskingKey(keyFile, environment);
  const common = { environment, lake, stream, registry, ...(schemas ? { schemas } : {}) };
  const ingest = parseConfig('up', ingestConfigSchema, {
    ...common,
    ...config.ingest,
    masking: { keyFile },
  });
  // Where validated events are published, detection reads them.
  const read = ingest.validated ? { ...common, stream: ingest.validated } : common;
  return {
    ingest,
    detect: parseConfig('up', detectServiceConfigSchema, { ...read, ...config.detect }),
    api: parseConfig('up', apiConfigSchema, { environment, lake, http, ...config.api }),
  };
}

interface Opened {
  readonly line: Line | LocalLine;
  readonly contracts: SchemaRegistry;
  readonly validated: OpenSink | null;
  readonly metrics: MetricsRegistry;
  readonly opened: AsyncDisposableStack;
  readonly logging: Logging;
}

async function serve(
  config: UpConfig,
  configs: ReturnType<typeof configsOf>,
  { line, contracts, validated, metrics, opened, logging }: Opened,
  context: CommandContext,
): Promise<string> {
  const { stream } = configs.ingest;
  const detectBroker = validated?.broker ?? line.broker;
  const prepare = oneAtATime(async () => {
    await line.broker.prepare(stream.name, partitionsOf(stream));
    await validated?.prepare();
    await prepareForDetect(detectBroker, configs.detect);
  });
  const logOf = (name: string) => logging.logger(name, config.logLevel);
  const demoTools = { streamName: stream.name, prepare, log: logOf('demo') };
  const demo = demoOf(config, { ...line, registry: contracts }, demoTools);
  const following = await openFollowing(config, {
    ...{ name: 'up', runId: logging.runId, metrics, opened, log: logOf('up') },
  });
  const depsOf = (name: string) => ({
    ...{ ...line, registry: contracts, clock: systemClock },
    ...(demo ? { eventNowMs: demo.nowMs } : {}),
    observer: createPipelineMetrics(metrics, name),
    log: logOf(name),
    random: systemRandom,
    memoryBytes: systemMemoryBytes,
    prepare,
  });
  const { tracer } = following;
  const registryOf = (name: 'ingest' | 'detect') =>
    openRegistry(configs[name], { ...depsOf(name), opened }, { waits: name === 'detect' });
  const detectDeps = {
    ...depsOf('detect'),
    ...following.of({ ...configs.detect, pipeline: 'detect' }),
    broker: detectBroker,
    registry: await registryOf('detect'),
    model: readModel(configs.detect.model),
  };
  const detect = createDetect(configs.detect, detectDeps, { once: false });
  createStockoutMetrics(metrics, 'detect', detect.stockouts);
  const ingestDeps = {
    ...depsOf('ingest'),
    ...following.of({ ...configs.ingest, pipeline: 'ingest', output: configs.ingest.validated }),
    registry: await registryOf('ingest'),
    validated: validated?.sink ?? null,
    maskingKey: readMaskingKey(configs.ingest),
    keyring: keyringOf(configs.ingest),
  };
  const services: Service[] = [
    createIngest(configs.ingest, ingestDeps, { once: false }),
    detect.service,
    ...retentionOf(config, line, { stream, nowMs: demo?.nowMs, report: logOf('retention') }),
    ...(demo ? [demo] : []),
  ];
  const api = createApi({
    ...(await apiPartsOf(configs, { line, contracts, opened }, logOf('api'))),
    ...{ tracer, logLevels: logging, ...openAccess(configs.api, logging) },
    clock: demo ? clockOf(demo) : systemClock,
    booksWorker: BOOKS_WORKER,
    metrics,
    demo: demo !== null,
    checkedUntilMs: detect.checkedUntilMs,
    verdicts: verdictsOf(configs, { ...line, registry: contracts, prepare }),
  });
  const collector = collectorOf(config, line, stream, { ...depsOf('collector'), metrics, tracer });
  const app = await api.start(context.signal, [...services, ...collector.services], [collector.module]);
  context.say(`\n  Góndola runs: ${app.url}\n  POST ${app.url}/v1/events takes events${whoseKey(config)}\n`);
  await app.stopped;
  return app.url;
}

async function apiPartsOf(
  { api: config, ingest }: ReturnType<typeof configsOf>,
  { line: { store }, contracts, opened }: Omit<Opened, 'validated' | 'metrics' | 'logging'>,
  log: Log,
) {
  const tools = { store, environment: config.environment, log, contracts, opened };
  const quarantine = await openQuarantine(
    ingest,
    { ...config.quarantine, hasKeys: isGuarded(config.access) },
    tools,
  );
  const explain = await openExplain(config.explain);
  const webhooks = openWebhookSecrets(config.environment, log);
  return { config, lake: store, log, schemas: contracts, explain, quarantine, webhooks };
}

/** They go where all events of this process go. */
function verdictsOf(
  { api: { verdicts }, ingest: { stream, environment } }: ReturnType<typeof configsOf>,
  tools: Pick<Parameters<typeof verdictWriterOf>[0], 'broker' | 'registry' | 'prepare'>,
): VerdictWriter {
  if (verdicts.stream)
    throw new SetupError(
      'config_invalid',
      'api.verdicts.stream: verdicts go where the events of up go; leave it out',
    );
  return verdictWriterOf({ ...tools, stream: stream.name, environment, tokenFile: verdicts.tokenFile });
}

function demoOf(
  { demo }: UpConfig,
  line: Line & { readonly registry: SchemaRegistry },
  tools: { streamName: string; prepare: () => Promise<void>; log: Log },
): Demo | null {
  if (!demo) return null;
  return createDemo(demo, { ...line, ...tools, clock: systemClock });
}

const whoseKey = ({ collector, lake }: UpConfig): string =>
  collector['keysFile'] ? '' : ` with the key in ${lineFiles(lake).producerKey}`;

type CollectorTools = Pick<
  Parameters<typeof createCollector>[0],
  'clock' | 'eventNowMs' | 'log' | 'random' | 'metrics' | 'prepare' | 'registry' | 'tracer'
>;

function collectorOf(config: UpConfig, line: Line, stream: StreamConfig, tools: CollectorTools): Collector {
  const { environment, lake, schemas } = config;
  const { producerKeys: keysFile } = lineFiles(lake);
  if (!config.collector['keysFile']) makeProducerKey(lake, environment);
  const collectorConfig = parseConfig('up', collectorConfigSchema, {
    environment,
    stream,
    ...(schemas ? { schemas } : {}),
    keysFile,
    ...config.collector,
  });
  return createCollector({ ...line, ...tools, config: collectorConfig });
}

const clockOf = (demo: Demo) => ({ nowMs: demo.nowMs, sleep: systemClock.sleep });

/** A broker keeps what its own settings say; the embedded one is ours to keep. */
function retentionOf(
  { retentionHours }: UpConfig,
  line: Line | LocalLine,
  {
    stream: { name, signals },
    nowMs = systemClock.nowMs,
    report,
  }: { stream: StreamConfig; nowMs: (() => number) | undefined; report: Log },
): Service[] {
  if (!('log' in line)) return [];
  const streams = [name, signals];
  return [createRetention(retentionHours, { log: line.log, streams, clock: systemClock, nowMs, report })];
}
