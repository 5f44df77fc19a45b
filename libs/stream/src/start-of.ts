import { GondolaError } from './errors.js';
import type { Log } from './observer.js';
import type { Position } from './position.js';

/** A partition, and what is to be done when records of it were forgotten before they were read. */
export interface ReadPlace {
  readonly stream: string;
  readonly partition: string;
  readonly allowGap: boolean;
  readonly log: Log;
}

/** Positions between which a partition holds records. */
export interface KeptRange {
  /** Of the oldest record that is kept. */
  readonly first: Position;
  /** Of the next record that will be appended. */
  readonly end: Position;
}

/**
 * Where reading starts, or goes on: at `wanted`, at the oldest record when nothing is. Throws `position_gap` when `wanted` is beyond
 * the end, and when what is there is gone, unless gaps are allowed.
 */
export function startOf(place: ReadPlace, { first, end }: KeptRange, wanted: Position | undefined): Position {
  if (wanted === undefined) return first;
  if (wanted > end) throw madeAnew(place, `the tables stand at ${wanted}, the stream ends at ${end}`);
  if (wanted >= first) return wanted;
  passGap(place, String(wanted), String(first));
  return first;
}

/** Records from `from` on are gone, the oldest that is kept is `kept`: throws `position_gap`, or warns where gaps are allowed. */
export function passGap({ stream, partition, allowGap, log }: ReadPlace, from: string, kept: string): void {
  if (!allowGap)
    throw new GondolaError(
      'position_gap',
      `${stream}/${partition}: records from ${from} on are gone, the stream keeps them from ${kept} on; set allowGap to go on without them`,
      false,
    );
  log.warn({ stream, partition, from, kept }, 'records were forgotten before they were read; going on');
}

/** The tables stand where this stream has never been. */
export function madeAnew({ stream, partition }: ReadPlace, what: string): GondolaError {
  return new GondolaError(
    'position_gap',
    `${stream}/${partition}: ${what}: it was made anew, or is not the stream that this lake was written from; give that one, or another lake`,
    false,
  );
}
