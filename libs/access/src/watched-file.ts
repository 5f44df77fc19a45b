import { statSync } from 'node:fs';
import type { Clock, Log, Service, ServiceHealth } from '@gondola/stream';

const LOOK_MS = 2_000;

export interface WatchedFileDeps<T> {
  /** Of the service. */
  readonly name: string;
  /** Errors: those of a file that is not valid. */
  readonly read: (path: string) => T;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a file of keys holds as it is now: a key that was taken back must not work until the next restart. */
export class WatchedFile<T> implements Service {
  readonly name: string;
  private content: T;
  private seen: string;
  private readonly sinceMs: number;

  /** Errors: those of `read`. */
  constructor(
    private readonly path: string,
    private readonly deps: WatchedFileDeps<T>,
  ) {
    this.name = deps.name;
    this.seen = versionOf(path);
    this.content = deps.read(path);
    this.sinceMs = deps.clock.nowMs();
  }

  current(): T {
    return this.content;
  }

  health(): ServiceHealth {
    return { state: 'healthy', detail: '', sinceMs: this.sinceMs };
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.deps.clock.sleep(LOOK_MS, signal);
      this.look();
    }
  }

  private look(): void {
    const version = versionOf(this.path);
    if (version === this.seen) return;
    this.seen = version;
    const { log, read } = this.deps;
    try {
      this.content = read(this.path);
      log.info({ service: this.name }, `the keys of ${this.path} were read again`);
    } catch (error) {
      // Half a file, or somebody's mistake: the door stays open for those who had a key.
      log.error({ service: this.name, err: error }, 'the keys file is not valid; the keys read before stay');
    }
  }
}

function versionOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : 'missing';
}
