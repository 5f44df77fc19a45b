import type { PartitionProperties } from '@azure/event-hubs';
import type { KeptRange } from '@gondola/stream';

/** Positions are sequence numbers. Of a partition that is empty the hub's own beginning says nothing. */
export function keptRangeOf(properties: PartitionProperties): KeptRange {
  const { isEmpty, beginningSequenceNumber, lastEnqueuedSequenceNumber } = properties;
  // After the newest record; 0 of a partition that never had one.
  const end = BigInt(lastEnqueuedSequenceNumber + 1);
  return { first: isEmpty ? end : BigInt(beginningSequenceNumber), end };
}
