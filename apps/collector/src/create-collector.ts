import { WatchedFile } from '@gondola/access';
import type { ContractLookup } from '@gondola/contract';
import { startHttpApp, type HttpApp, type LogLevels } from '@gondola/nest';
import { markedSink, type Broker, type Clock, type Log, type Service, type Tracer } from '@gondola/stream';
import { createCollectorMetrics, showKeyEnds, type MetricsRegistry } from '@gondola/telemetry';
import type { DynamicModule } from '@nestjs/common';
import type { CollectorConfig } from './collector.config.js';
import { collectorModule } from './collector.module.js';
import { Door } from './door.js';
import { DoorTraces } from './door-traces.js';
import { GroupCommit } from './group-commit.js';
import { createJudgeEvents } from './judge-events.js';
import { ProducerKeys, readKeyFile } from './producer-keys.js';

export interface CollectorDeps {
  readonly config: CollectorConfig;
  readonly broker: Broker;
  /** Makes or looks for the stream, as `Broker.prepare` does: at the start, and while it refuses. */
  readonly prepare: () => Promise<void>;
  readonly registry: ContractLookup;
  readonly clock: Clock;
  /** What time it is for events. The clock, but in a simulation. */
  readonly eventNowMs?: () => number;
  readonly log: Log;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** Where somebody traces. */
  readonly tracer?: Tracer | null;
  readonly logLevels?: LogLevels;
  readonly metrics: MetricsRegistry;
}

export interface Collector {
  /** `POST /v1/events`, for a server that has other doors as well. */
  readonly module: DynamicModule;
  readonly services: readonly Service[];
  /** Answers requests until `signal`, then those that it has taken in. Errors: `port_in_use`. */
  start(signal: AbortSignal): Promise<HttpApp>;
}

/** The collector, wired. Errors: `config_invalid` when the keys file is not. */
export function createCollector(deps: CollectorDeps): Collector {
  const { config, broker, prepare, registry, clock, log, random, metrics, eventNowMs = clock.nowMs } = deps;
  const { tracer, logLevels } = deps;
  const { stream, environment } = config;
  const collectorMetrics = createCollectorMetrics(metrics, () => door.intake);
  const keys = new WatchedFile(config.keysFile, {
    name: 'collector-keys',
    read: (path) => new ProducerKeys(readKeyFile(path), environment),
    clock,
    log,
  });
  showKeyEnds(metrics, () => keys.current().nextEnds(clock.nowMs()));
  const commit = new GroupCommit(config.group, {
    sink: markedSink(broker.sink(stream.name), environment),
    probe: prepare,
    clock,
    log,
    random,
    onAppended: collectorMetrics.appended,
  });
  const door: Door = new Door({
    config,
    keys: () => keys.current(),
    judge: createJudgeEvents({ registry, futureMsMax: config.futureMsMax, environment }),
    commit,
    eventNowMs,
    clock,
    random,
    metrics: collectorMetrics,
    traces: tracer ? new DoorTraces(tracer, stream.name) : null,
  });
  const module = collectorModule(door);
  const services = [commit, keys];
  const start = (signal: AbortSignal) =>
    startHttpApp({ ...config.http, modules: [module], services, metrics, log, signal, tracer, logLevels });
  return { module, services, start };
}
