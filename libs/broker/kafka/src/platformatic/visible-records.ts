import type { Consumer, KafkaRecord, RecordsBatch } from '@platformatic/kafka';

/** The client exports the type of its function only. */
export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

const IS_LOG_APPEND_TIME = 8;
const IS_TRANSACTIONAL = 16;
const IS_CONTROL = 32;
const ABORT = 0;

/** Records of one stored batch that may be seen, and what their deltas are relative to. */
export interface VisibleRecords {
  readonly firstOffset: number;
  readonly firstTimestampMs: number;
  /** When the broker stamps records, one time for all. */
  readonly appendTimeMs: number | null;
  readonly records: readonly KafkaRecord[];
}

/**
 * Leaves out markers and what aborted transactions wrote. The client filters by itself, but only what is followed by its marker
 * in the same response. A transaction is aborted from its first offset to the marker of its producer, wherever that comes.
 */
export function visibleRecords(
  batches: readonly RecordsBatch[],
  aborted: NonNullable<FetchedPartition['abortedTransactions']>,
): VisibleRecords[] {
  const waiting = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const open = new Set<bigint>();
  const visible: VisibleRecords[] = [];
  for (const batch of batches) {
    const { attributes, firstOffset, lastOffsetDelta, producerId, records } = batch;
    const lastOffset = firstOffset + BigInt(lastOffsetDelta);
    for (; waiting.length > 0 && waiting[0].firstOffset <= lastOffset; waiting.shift())
      open.add(waiting[0].producerId);
    if (attributes & IS_CONTROL) {
      if (records[0]?.key?.readInt16BE(2) === ABORT) open.delete(producerId);
      continue;
    }
    if (attributes & IS_TRANSACTIONAL && open.has(producerId)) continue;
    visible.push({
      firstOffset: Number(firstOffset),
      firstTimestampMs: Number(batch.firstTimestamp),
      appendTimeMs: attributes & IS_LOG_APPEND_TIME ? Number(batch.maxTimestamp) : null,
      records,
    });
  }
  return visible;
}
