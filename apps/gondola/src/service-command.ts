import type { HttpAppOptions } from '@gondola/nest';
import { systemClock, type Log, type PipelineObserver, type Service } from '@gondola/stream';
import {
  createPipelineMetrics,
  createRegistry,
  Logging,
  type LogLevel,
  type MetricsRegistry,
} from '@gondola/telemetry';
import { UsageError, type Command, type CommandContext, type Summary } from './command.js';
import { openFollowing, type FollowConfig, type Following } from './following.js';
import { showProcess } from './process-metrics.js';

export interface ServiceParts {
  readonly service: Service;
  readonly config: {
    readonly environment: string;
    readonly http: Pick<HttpAppOptions, 'port' | 'unreadyMs' | 'drainMs'> & { readonly host: string };
    readonly logLevel: LogLevel;
  };
}

export interface ServiceSetup {
  readonly configPath: string;
  readonly once: boolean;
  /** Takes whatever is to be closed at the end, also when building fails: an open connection would keep the process alive. */
  readonly opened: AsyncDisposableStack;
  readonly observer: PipelineObserver;
  readonly metrics: MetricsRegistry;
  readonly log: Log;
  /** Opens what its configuration wants of traces and lineage. */
  readonly follow: (config: FollowConfig) => Promise<Following>;
  /** Until when to wait for what cannot be reached; undefined with `--once`, which gives up. */
  readonly signal: AbortSignal | undefined;
}

/** `ingest` and `detect` differ only in how they are built: `--once` drains and ends, else they serve until stopped. */
export function serviceCommand(
  name: string,
  summary: string,
  build: (setup: ServiceSetup) => Promise<ServiceParts>,
): Command {
  return {
    summary,
    usage: '--config FILE [--once]',
    options: { config: { type: 'string' }, once: { type: 'boolean', default: false } },
    run: async ({ positionals, values }, context) => {
      const configPath = values['config'];
      if (typeof configPath !== 'string' || positionals.length > 0)
        throw new UsageError(`${name} takes --config FILE`);
      const metrics = createRegistry();
      const counts = countsOf(createPipelineMetrics(metrics, name));
      const once = values['once'] === true;
      const logging = new Logging(systemClock);
      const log = logging.logger(name, 'info');
      const opened = new AsyncDisposableStack();
      opened.defer(async () => logging.close());
      const tools = { name, runId: logging.runId, metrics, log, opened };
      try {
        const { service, config } = await build({
          ...{ configPath, once, opened, observer: counts.observer, metrics, log },
          follow: (config) => openFollowing(config, tools),
          signal: once ? undefined : context.signal,
        });
        logging.configure(name, config.logLevel);
        if (once) return { command: name, ok: true, ...(await runOnce(service, context, counts)) };
        showProcess(metrics, config.environment, [config]);
        await serve(service, { ...config.http, metrics, log, logLevels: logging }, context);
      } finally {
        await opened.disposeAsync();
      }
      return { command: name, ok: true, ...counts.summary() };
    },
  };
}

async function runOnce(service: Service, context: CommandContext, counts: Counts): Promise<Summary> {
  const startMs = systemClock.nowMs();
  await service.run(context.signal);
  const seconds = (systemClock.nowMs() - startMs) / 1000;
  const { records } = counts.summary();
  const end = context.signal.aborted
    ? 'stopped before the end; the next start goes on from what is committed'
    : 'everything is committed';
  context.say(`${service.name}: ${records} records in ${seconds.toFixed(1)} s, ${end}`);
  return { ...counts.summary(), seconds, ...usage() };
}

/** What the process has cost since it started. */
function usage(): Summary {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, memoryBytesMax: maxRSS * 1024 };
}

async function serve(
  service: Service,
  options: ServiceParts['config']['http'] & Pick<HttpAppOptions, 'metrics' | 'log' | 'logLevels'>,
  context: CommandContext,
): Promise<void> {
  const { startHttpApp } = await import('@gondola/nest');
  const app = await startHttpApp({
    modules: [],
    services: [service],
    ...options,
    signal: context.signal,
  });
  context.say(`${service.name} runs; ${app.url}/health/ready, ${app.url}/metrics`);
  await app.stopped;
}

interface Counts {
  /** Passes everything on. */
  readonly observer: PipelineObserver;
  summary(): Summary & { readonly records: number };
}

/** Adds up what a summary says. */
function countsOf(next: PipelineObserver): Counts {
  let records = 0;
  let lateEvents = 0;
  const rejected: Record<string, number> = {};
  const rows: Record<string, number> = {};
  return {
    observer: {
      ...next,
      received(stream, count, bytes) {
        records += count;
        next.received(stream, count, bytes);
      },
      rejected(stream, stage, reason, count) {
        rejected[reason] = (rejected[reason] ?? 0) + count;
        next.rejected(stream, stage, reason, count);
      },
      committed(stream, sink, count, durationMs) {
        rows[sink] = (rows[sink] ?? 0) + count;
        next.committed(stream, sink, count, durationMs);
      },
      late(stream, events) {
        lateEvents += events;
        next.late(stream, events);
      },
    },
    summary: () => ({ records, rejected, rows, lateEvents }),
  };
}
