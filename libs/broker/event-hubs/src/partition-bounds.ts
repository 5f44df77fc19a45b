import type { PartitionProperties } from '@azure/event-hubs';
import { GondolaError, type Position } from '@gondola/stream';

/** Position of the oldest record that is kept. Of a partition that is empty the hub's own beginning says nothing. */
export function oldestOf(properties: PartitionProperties): Position {
  const { isEmpty, beginningSequenceNumber } = properties;
  return isEmpty ? endOf(properties) : BigInt(beginningSequenceNumber);
}

/** Position after the newest record; 0 of a partition that never had one. */
export function endOf({ lastEnqueuedSequenceNumber }: PartitionProperties): Position {
  return BigInt(lastEnqueuedSequenceNumber + 1);
}

/** Throws `position_gap` when the record at `next` is gone, or never was; with `allowGap` only the latter. */
export function refuseGap(
  where: string,
  next: Position,
  properties: PartitionProperties,
  allowGap: boolean,
): void {
  const oldest = oldestOf(properties);
  const end = endOf(properties);
  if (next > end)
    throw new GondolaError(
      'position_gap',
      `${where}: the tables stand at ${next}, the stream ends at ${end}: it was made anew`,
      false,
    );
  if (next < oldest && !allowGap)
    throw new GondolaError(
      'position_gap',
      `${where}: records ${next} to ${oldest - 1n} are no longer kept; set allowGap to go on without them`,
      false,
    );
}
