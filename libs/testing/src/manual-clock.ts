import type { Clock } from '@gondola/stream';

export interface ManualClock extends Clock {
  /** Moves time on and wakes those whose sleep is over. */
  advance(ms: number): void;
}

/** Time that only moves when a test says so; with `autoAdvance` a sleep moves it by itself and never waits. */
export function createManualClock(startMs: number, options: { autoAdvance?: boolean } = {}): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<{ untilMs: number; wake: () => void }>();
  const wakeDue = () => {
    for (const sleeper of sleepers) if (sleeper.untilMs <= nowMs) sleeper.wake();
  };
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) => {
      // In whole milliseconds, as clocks count.
      if (options.autoAdvance) nowMs += Math.ceil(ms);
      if (options.autoAdvance || signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = {
          untilMs: nowMs + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      });
    },
    advance: (ms) => {
      nowMs += ms;
      wakeDue();
    },
  };
}
