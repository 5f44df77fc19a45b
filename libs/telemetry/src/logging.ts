import { createUuidV7, type Clock, type Log } from '@gondola/stream';
import type { DestinationStream, Logger } from 'pino';
import { createPino, type LogLevel } from './logger.js';

export interface NamedLevel {
  readonly name: string;
  readonly level: LogLevel;
  /** What it is again at `untilMs`; the same as `level` where nobody changed it. */
  readonly configured: LogLevel;
  readonly untilMs: number | null;
}

interface Named {
  configured: LogLevel;
  level: LogLevel;
  untilMs: number | null;
  /** Ends the wait for `untilMs`. */
  changed: AbortController;
  readonly loggers: Logger[];
}

/** The loggers of one process: they share the id of its run, and their levels may be changed for a while. */
export class Logging {
  /** Of this process since it started; in every line, and in what else it says of itself. */
  readonly runId: string;
  private readonly named = new Map<string, Named>();

  constructor(
    private readonly clock: Clock,
    private readonly destination?: DestinationStream,
  ) {
    this.runId = createUuidV7(clock.nowMs)();
  }

  /** A second logger of a name has its level too. */
  logger(name: string, level: LogLevel): Log {
    const one = this.named.get(name) ?? {
      ...{ configured: level, level, untilMs: null, changed: new AbortController(), loggers: [] },
    };
    const logger = createPino({ name, runId: this.runId }, one.level, this.destination);
    one.loggers.push(logger);
    this.named.set(name, one);
    return logger;
  }

  /** What the configuration says, for loggers that were made before it was read. */
  configure(name: string, level: LogLevel): void {
    const one = this.named.get(name);
    if (!one) return;
    one.configured = level;
    if (one.untilMs === null) setLevel(one, level);
  }

  get names(): string[] {
    return [...this.named.keys()];
  }

  levels(): NamedLevel[] {
    return [...this.named].map(([name, { level, configured, untilMs }]) => ({
      ...{ name, level, configured, untilMs },
    }));
  }

  /** For so long; then it is what the configuration says. False: nothing has that name. */
  setFor(name: string, level: LogLevel, forMs: number): boolean {
    const one = this.named.get(name);
    if (!one) return false;
    one.changed.abort();
    one.changed = new AbortController();
    one.untilMs = this.clock.nowMs() + forMs;
    this.tell(one, `the level of this log is ${level} for ${forMs / 1_000} s`);
    setLevel(one, level);
    void this.resetAfter(one, forMs);
    return true;
  }

  /** Forgets what is waited for: a process that ends must not wait for it. */
  close(): void {
    for (const { changed } of this.named.values()) changed.abort();
  }

  private async resetAfter(one: Named, forMs: number): Promise<void> {
    const { signal } = one.changed;
    await this.clock.sleep(forMs, signal);
    if (signal.aborted) return;
    one.untilMs = null;
    setLevel(one, one.configured);
    this.tell(one, `the level of this log is ${one.configured} again`);
  }

  private tell({ loggers }: Named, message: string): void {
    loggers[0].info(message);
  }
}

function setLevel(one: Named, level: LogLevel): void {
  one.level = level;
  for (const logger of one.loggers) logger.level = level;
}
