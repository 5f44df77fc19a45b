import type { HttpAppOptions } from '@gondola/nest';
import {
  systemClock,
  type DoubtReason,
  type ExpectedCounts,
  type SnapshotWritten,
  type Lag,
  type Log,
  type PipelineObserver,
  type Service,
} from '@gondola/stream';
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
      const counts = new Counts(createPipelineMetrics(metrics, name));
      const once = values['once'] === true;
      const logging = new Logging(systemClock);
      const log = logging.logger(name, 'info');
      const opened = new AsyncDisposableStack();
      opened.defer(async () => logging.close());
      const tools = { name, runId: logging.runId, metrics, log, opened };
      try {
        const { service, config } = await build({
          ...{ configPath, once, opened, observer: counts, metrics, log },
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

/** Passes everything on and adds up what a summary says. */
class Counts implements PipelineObserver {
  private records = 0;
  private lateEvents = 0;
  private readonly rejections: Record<string, number> = {};
  private readonly rows: Record<string, number> = {};

  constructor(private readonly next: PipelineObserver) {}

  assigned(stream: string, partitions: number): void {
    this.next.assigned(stream, partitions);
  }
  received(stream: string, records: number, bytes: number): void {
    this.records += records;
    this.next.received(stream, records, bytes);
  }
  rejected(stream: string, stage: string, reason: string, records: number): void {
    this.rejections[reason] = (this.rejections[reason] ?? 0) + records;
    this.next.rejected(stream, stage, reason, records);
  }
  quarantined(stream: string, subject: string | null, reason: string, records: number): void {
    this.next.quarantined(stream, subject, reason, records);
  }
  committed(stream: string, sink: string, rows: number, durationMs: number): void {
    this.rows[sink] = (this.rows[sink] ?? 0) + rows;
    this.next.committed(stream, sink, rows, durationMs);
  }
  readable(stream: string, sink: string, ageMs: number): void {
    this.next.readable(stream, sink, ageMs);
  }
  stored(stream: string, subject: string, rows: number): void {
    this.next.stored(stream, subject, rows);
  }
  waiting(waiter: string, code: string | null): void {
    this.next.waiting(waiter, code);
  }
  retried(stream: string, code: string): void {
    this.next.retried(stream, code);
  }
  lag(stream: string, lag: Lag): void {
    this.next.lag(stream, lag);
  }
  late(stream: string, events: number): void {
    this.lateEvents += events;
    this.next.late(stream, events);
  }
  doubted(stream: string, reason: DoubtReason, rows: number): void {
    this.next.doubted(stream, reason, rows);
  }
  expected(stream: string, subject: string, counted: ExpectedCounts): void {
    this.next.expected(stream, subject, counted);
  }
  modelRefused(stream: string, isRefused: boolean): void {
    this.next.modelRefused(stream, isRefused);
  }
  modelsTrained(ends: ReadonlyMap<string, number>): void {
    this.next.modelsTrained(ends);
  }
  snapshot(stream: string, written: SnapshotWritten): void {
    this.next.snapshot(stream, written);
  }

  summary(): Summary & { records: number } {
    return { records: this.records, rejected: this.rejections, rows: this.rows, lateEvents: this.lateEvents };
  }
}
