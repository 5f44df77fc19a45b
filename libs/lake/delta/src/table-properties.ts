import type { TableMetadata } from './actions.js';

/** A table's own rules, as the format's specification and every engine name them. */
export interface TableProperties {
  /** Commits from one checkpoint to the next. */
  readonly checkpointInterval: number;
  /** How long commits are kept for time travel. `Infinity`: for ever. */
  readonly logRetentionMs: number;
  /** How long the log remembers files that were removed. `Infinity`: for ever. */
  readonly deletedFileRetentionMs: number;
  /** Existing rows may neither be removed nor changed. */
  readonly appendOnly: boolean;
  readonly changeDataFeed: boolean;
}

/**
 * Opening a table reads the commits since the newest checkpoint: 50 are two rounds of requests. Fewer would write a
 * line for each live file more often than that saves.
 */
const CHECKPOINT_INTERVAL = 50;
const DAY_MS = 86_400_000;

export function propertiesOf({ configuration }: TableMetadata): TableProperties {
  const interval = Number(configuration['delta.checkpointInterval']);
  const cleanup = configuration['delta.enableExpiredLogCleanup'] !== 'false';
  const logRetentionMs = durationMsOf(configuration['delta.logRetentionDuration'], 30 * DAY_MS);
  return {
    checkpointInterval: Number.isSafeInteger(interval) && interval > 0 ? interval : CHECKPOINT_INTERVAL,
    logRetentionMs: cleanup ? logRetentionMs : Infinity,
    deletedFileRetentionMs: durationMsOf(configuration['delta.deletedFileRetentionDuration'], 7 * DAY_MS),
    appendOnly: configuration['delta.appendOnly'] === 'true',
    changeDataFeed: configuration['delta.enableChangeDataFeed'] === 'true',
  };
}

const UNIT_MS = new Map([
  ['week', 7 * DAY_MS],
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
]);

/** `interval 30 days`, `interval 1 day 12 hours`. What is not understood never expires: nothing is deleted by mistake. */
function durationMsOf(text: string | undefined, whenUnset: number): number {
  if (text === undefined) return whenUnset;
  const words = text.trim().toLowerCase().split(/\s+/);
  if (words[0] === 'interval') words.shift();
  if (words.length === 0 || words.length % 2 === 1) return Infinity;
  let sumMs = 0;
  for (let at = 0; at < words.length; at += 2) {
    const unitMs = UNIT_MS.get(words[at + 1].replace(/s$/, ''));
    if (unitMs === undefined || !/^\d+$/.test(words[at])) return Infinity;
    sumMs += Number(words[at]) * unitMs;
  }
  return sumMs;
}
