import { statSync } from 'node:fs';
import type { Clock, Log, Service, ServiceHealth } from '@gondola/stream';
import { ProducerKeys, readKeyFile } from './producer-keys.js';

const LOOK_MS = 2_000;

export interface KeyWatchDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** The keys of a file as they are now: a key that was taken back must not work until the next restart. */
export class KeyWatch implements Service {
  readonly name = 'collector-keys';
  private keys: ProducerKeys;
  private seen: string;
  private readonly sinceMs: number;

  /** Errors: `config_invalid`. */
  constructor(
    private readonly path: string,
    private readonly environment: string,
    private readonly deps: KeyWatchDeps,
  ) {
    this.seen = versionOf(path);
    this.keys = new ProducerKeys(readKeyFile(path), environment);
    this.sinceMs = deps.clock.nowMs();
  }

  current(): ProducerKeys {
    return this.keys;
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
    const { log } = this.deps;
    try {
      this.keys = new ProducerKeys(readKeyFile(this.path), this.environment);
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
