import { Engine, type Model } from '@gondola/detect';
import { columnarEncoder } from '@gondola/lake-parquet';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { SignalSink } from '@gondola/sink-lake';
import { PipelineRunner, type Broker, type ObjectStore, type RunnerDeps } from '@gondola/stream';
import { createDedupeStage, createValidateStage } from '@gondola/validate';
import type { DetectServiceConfig } from './detect.config.js';
import { createDetectPipeline } from './detect.pipeline.js';
import { createDetectStage } from './detect.stage.js';
import { createSignalEncoder } from './signal-record.js';
import { joinParts, splitParts } from './state-parts.js';

export interface DetectDeps extends RunnerDeps {
  readonly broker: Broker;
  readonly store: ObjectStore;
  readonly registry: SchemaRegistry;
  readonly model: Model;
}

const HOUR_MS = 3_600_000;
const POLL_MS = 100;
const NOTHING = new Uint8Array(0);

export interface Detect {
  readonly runner: PipelineRunner;
  /** How far detection has looked at every store: no signal says something only up to there. */
  readonly checkedUntilMs: () => number | null;
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
  const engineOptions = { environment, model, config: config.detection };

  const signals = new SignalSink(
    { store, encoder: columnarEncoder, clock, log: deps.log, environment },
    {
      stream,
      snapshot: (partition) => joinParts([dedupe.snapshot(partition) ?? NOTHING, detect.snapshot(partition)]),
      output: broker.sink(signalStream),
      encode: createSignalEncoder(registry),
    },
  );
  const dedupe = createDedupeStage({
    windowMs: config.dedupe.windowHours * HOUR_MS,
    // No table keeps what detection has seen: its memory is part of the state, see restore.
    remember: async () => {},
  });
  const detect = createDetectStage({
    advanceByClock,
    onLate: (rows) => deps.observer.late(stream, rows),
    // Runs after dedupe was assigned, so that what is restored into it stays.
    restore: async (partition) => {
      const bytes = await signals.stateOf(partition);
      if (!bytes) return new Engine(engineOptions);
      const [seen, shelves] = splitParts(bytes);
      if (seen.length > 0) dedupe.restore(partition, seen);
      return Engine.fromBytes(shelves, engineOptions);
    },
  });

  const pipeline = createDetectPipeline({
    source: broker.source({ stream, reader: `gondola-detect-${environment}`, allowGap }, deps),
    validate: createValidateStage({
      registry,
      defaultSubject: config.defaultSubject,
      futureMsMax: config.futureMsMax,
    }),
    dedupe,
    detect,
    signals,
  });
  const limits = { policy: config.flush, quarantineLimit: config.quarantine, pollMs: POLL_MS };
  const runner = new PipelineRunner(pipeline, { name: 'detect', ...limits, once: options.once }, deps);
  return { runner, checkedUntilMs: () => detect.checkedUntilMs() };
}
