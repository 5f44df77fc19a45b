import type { EmbeddedLog } from '@gondola/broker-embedded';
import { GondolaError, type Clock, type Log, type Service } from '@gondola/stream';

const HOUR_MS = 3_600_000;
const ROUND_MS = 60_000;

export interface RetentionDeps {
  readonly log: EmbeddedLog;
  readonly streams: readonly string[];
  readonly clock: Clock;
  /** What time it is for records. */
  readonly nowMs: () => number;
  readonly report: Log;
}

/** Lets the embedded log forget records older than `hours`. A reader that is further behind is told of the gap. */
export function createRetention(
  hours: number,
  { log, streams, clock, nowMs, report }: RetentionDeps,
): Service {
  const sinceMs = clock.nowMs();

  function trim(): void {
    try {
      for (const stream of streams) log.trim(stream, nowMs() - hours * HOUR_MS);
    } catch (error) {
      // Another process is writing, or the disk is full: the next round does it.
      if (!(error instanceof GondolaError) || !error.canRetry) throw error;
      report.warn({ code: error.code }, `old records are kept for now: ${error.message}`);
    }
  }

  return {
    name: 'retention',
    health: () => ({ state: 'healthy', detail: '', sinceMs }),
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(ROUND_MS, signal);
        trim();
      }
    },
  };
}
