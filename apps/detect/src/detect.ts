import { StockoutReader, type Model, type Stockouts } from '@gondola/detect';
import { columnarEncoder } from '@gondola/lake-parquet';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { IncidentSink, readTrail, SignalSink } from '@gondola/sink-lake';
import {
  afterWhole,
  ownSource,
  PipelineRunner,
  readWhole,
  SetupError,
  type Broker,
  type ObjectStore,
  type PipelineWatcher,
  type RunnerDeps,
  type SentTraces,
  type Service,
  type WholeStream,
} from '@gondola/stream';
import { createDedupeStage, createValidateStage, type DedupeStage } from '@gondola/validate';
import type { DetectServiceConfig } from './detect.config.js';
import { createDetectPipeline } from './detect.pipeline.js';
import { createDetectStage, type DetectStage } from './detect.stage.js';
import { bothCopies } from './both-copies.js';
import { restoreDetection, type StateParts } from './detection-state.js';
import { Reference } from './reference.js';
import { createScoring } from './scoring.js';
import { createIncidentEncoder, createSignalEncoder } from './signal-record.js';
import { hashOfSetup, setupKeeper, setupOf } from './setup.js';
import { withTrace } from './signal-trace.js';
import { SOFTWARE } from './software.js';
import { followSums, SumsSink, ToldSums } from './sums.js';

export interface DetectDeps extends RunnerDeps {
  readonly broker: Broker;
  readonly store: ObjectStore;
  readonly registry: SchemaRegistry;
  /** Scores until a model of the lake is promoted. */
  readonly model: Model;
  /** Where somebody traces: what signals say of that. */
  readonly traces?: SentTraces | null;
  /** Where somebody follows what is done. */
  readonly watcher?: PipelineWatcher | null;
}

const HOUR_MS = 3_600_000;
const POLL_MS = 100;
/** What detection keeps of a batch it has copied. */
const RUN = { name: 'detect', holdsBatches: false };
/** Catalogs change seldom. */
const REFERENCE_POLL_MS = 500;

export interface Detect {
  /** The pipeline alone, for streams that bring their catalog along; scored by the model given. */
  readonly runner: PipelineRunner;
  /** The pipeline, once the reference streams have been read, and with the models that the lake names. */
  readonly service: Service;
  /** How far detection has looked at every store: no signal says something only up to there. */
  readonly checkedUntilMs: () => number | null;
  /** What shelves, items and categories of this process say now, within the limits of `metrics`. */
  readonly stockouts: () => ProcessStockouts;
}

export interface ProcessStockouts extends Stockouts {
  readonly stream: string;
  /** Hours of stores judged since the process started. */
  readonly ticks: number;
  readonly judgedUntilMs: number | null;
}

/** Wires the service; both of its streams are there. `once` drains what is there and ends. */
export function createDetect(
  config: DetectServiceConfig,
  deps: DetectDeps,
  options: { once: boolean },
): Detect {
  const { environment, advanceByClock } = config;
  const { name: stream, allowGap, signals: signalStream } = config.stream;
  const { broker, store, registry, clock, model } = deps;
  const reference = new Reference(() => detect.placeStores());
  const setup = setupOf(config, model);
  const keep = setupKeeper(store, setup, model);
  const made = { stream, setup: hashOfSetup(setup), software: SOFTWARE };
  const scoring = createScoring(config, deps, options);

  const lake = { store, encoder: columnarEncoder, clock, log: deps.log, environment };
  const changes = { stream, output: broker.sink(signalStream), encode: createIncidentEncoder(registry) };
  const incidents = new IncidentSink(lake, changes);
  const signals = new SignalSink(lake, {
    stream,
    state: {
      copy: (partition) => bothCopies(dedupe.copy(partition), detect.copy(partition)),
      setup: made.setup,
      policy: config.snapshot,
      allowDifference: config.snapshot.allowDifference || allowGap,
      onSnapshot: (snapshot) => deps.observer.snapshot(stream, snapshot),
    },
    output: broker.sink(signalStream),
    encode: withTrace(createSignalEncoder(registry), signalStream, deps.traces),
  });
  const { sumsStream } = config.detection;
  const told = new ToldSums((record) => detect.hear(record));
  const dedupe = createDedupeStage({
    windowMs: config.dedupe.windowHours * HOUR_MS,
    // No table keeps what detection has seen: its memory is part of the state, see restore.
    remember: async () => {},
  });
  const detect = createDetectStage({
    advanceByClock,
    sums: { senderOf: (partition) => `${environment}/${stream}/${partition}`, told: () => told.all() },
    rivals: scoring.rivals,
    observer: deps.observer,
    note: (partition, mark) => signals.note(partition, mark),
    // Runs after dedupe was assigned, so that what is restored into it stays.
    restore: async (partition, start) => {
      await keep();
      const engine = { environment, config: config.detection };
      const options = { reference, hasCatalog: setup.hasCatalog, engine, scoring, made };
      const inherited = () => inheritedState(config, store, partition);
      return restoreDetection({ ...statePartsOf(partition, signals, dedupe), inherited }, options, start);
    },
  });

  const pipeline = createDetectPipeline({
    source: ownSource(broker, { service: 'detect', environment, stream, allowGap }, deps),
    validate: validateStage(config, registry, config.defaultSubject),
    dedupe,
    detect,
    incidents,
    signals,
    sums: sumsStream === null ? null : new SumsSink(broker.sink(sumsStream)),
  });
  const limits = limitsOf(config, options);
  const running = { ...RUN, ...limits, once: options.once, watcher: deps.watcher };
  const runner = new PipelineRunner(pipeline, running, deps);
  const sums = sumsStream === null ? [] : [followSums(sumsStream, told, limits, deps)];
  const streams = [...referenceStreams(config, deps, reference, options), ...sums];
  return {
    runner,
    service: scoring.around(streams.length === 0 ? runner : afterWhole(runner, streams)),
    checkedUntilMs: () => detect.checkedUntilMs(),
    stockouts: stockoutsOf(stream, detect, config),
  };
}

function stockoutsOf(stream: string, detect: DetectStage, { metrics }: DetectServiceConfig) {
  const reader = new StockoutReader(metrics);
  return (): ProcessStockouts => ({
    ...reader.read(detect.engines().map((engine) => engine.stockouts)),
    ...{ stream, ticks: detect.ticks(), judgedUntilMs: detect.checkedUntilMs() },
  });
}

function limitsOf(
  { flush, quarantine: quarantineLimit, signalAgeMsMax }: DetectServiceConfig,
  { once }: { once: boolean },
) {
  const policy = once ? flush : { ...flush, rowsAgeMsMax: signalAgeMsMax };
  return { policy, quarantineLimit, pollMs: POLL_MS };
}

function statePartsOf(
  partition: string,
  signals: SignalSink,
  dedupe: DedupeStage,
): Omit<StateParts, 'inherited'> {
  return {
    kept: () => signals.kept(partition),
    restoreSeen: (seen) => dedupe.restore(partition, seen),
    begin: (position, marks) => signals.begin(partition, position, marks),
    note: (mark, at) => signals.note(partition, mark, at),
  };
}

/** The newest state of the partition of that name of the stream which this one continues. */
async function inheritedState(
  { environment, snapshot: { continues } }: DetectServiceConfig,
  store: ObjectStore,
  partition: string,
): Promise<readonly Uint8Array[] | null> {
  if (continues === undefined) return null;
  const trail = await readTrail({ store, environment, progress() {} }, continues, partition);
  return (await trail.snapshot?.sections()) ?? null;
}

function validateStage(
  { futureMsMax, environment }: DetectServiceConfig,
  registry: SchemaRegistry,
  defaultSubject: string | null,
) {
  return createValidateStage({ registry, defaultSubject, futureMsMax, environment });
}

function referenceStreams(
  config: DetectServiceConfig,
  deps: DetectDeps,
  reference: Reference,
  { once }: { once: boolean },
): readonly WholeStream[] {
  const { broker, registry } = deps;
  return config.reference.map(({ name, defaultSubject }) => {
    if (!broker.wholeSource)
      throw new SetupError(
        'config_invalid',
        `reference: a stream of ${broker.kind} forgets by age and cannot be read whole; send the catalog with the events`,
      );
    const pipeline = reference.pipeline(
      broker.wholeSource(name, deps),
      validateStage(config, registry, defaultSubject),
    );
    const limits = { policy: config.flush, quarantineLimit: config.quarantine, pollMs: REFERENCE_POLL_MS };
    // They are followed until detection ends, and given up when it would be.
    return readWhole(pipeline, { name: 'detect', ...limits, once: false, isPartOfOnce: once }, deps);
  });
}
