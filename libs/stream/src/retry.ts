import { FencedError, GondolaError } from './errors.js';
import type { RunnerDeps } from './runner.js';

/** In every line of the log. */
export interface RetryAbout {
  readonly pipeline: string;
  readonly stream: string;
}

export interface RetryOptions {
  readonly about: RetryAbout;
  /** The first refusal, before anything is waited for. */
  onAway(message: string): void;
  /** Before each wait. */
  onWaiting(): Promise<void>;
  /** It works again. */
  onBack(): void;
}

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 10_000;

/** Repeats what the world outside refuses, with jitter. */
export class Retry {
  constructor(
    private readonly deps: Pick<RunnerDeps, 'clock' | 'observer' | 'log' | 'random'>,
    private readonly options: RetryOptions,
  ) {}

  /** Repeats until it works, or so often. Told to stop, it makes one try and throws what came of it. */
  async run<T>(action: () => Promise<T>, signal: AbortSignal, attemptsMax: number): Promise<T> {
    const { observer, log } = this.deps;
    const { about } = this.options;
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await action();
        if (attempt > 0) {
          this.options.onBack();
          observer.waiting(about.stream, null);
          log.info({ ...about, attempts: attempt + 1 }, 'available again');
        }
        return result;
      } catch (error) {
        const isOver = !isRetriable(error) || error instanceof FencedError || signal.aborted;
        if (isOver || attempt + 1 >= attemptsMax) {
          if (attempt > 0) observer.waiting(about.stream, null);
          throw error;
        }
        await this.wait(error, attempt, signal);
        if (!signal.aborted) continue;
        observer.waiting(about.stream, null);
        throw error;
      }
    }
  }

  jitterMs(ceilingMs: number): number {
    return RETRY_MS_MIN + this.deps.random() * (ceilingMs - RETRY_MS_MIN);
  }

  private async wait(error: GondolaError, attempt: number, signal: AbortSignal): Promise<void> {
    const { observer, log, clock } = this.deps;
    const { about } = this.options;
    observer.retried(about.stream, error.code);
    observer.waiting(about.stream, error.code);
    if (attempt === 0) {
      this.options.onAway(error.message);
      log.warn({ ...about, code: error.code }, `${error.message}; trying again until it works`);
    }
    await this.options.onWaiting();
    const ceilingMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** attempt);
    await clock.sleep(this.jitterMs(ceilingMs), signal);
  }
}

export function isRetriable(error: unknown): error is GondolaError {
  return error instanceof GondolaError && error.canRetry;
}
