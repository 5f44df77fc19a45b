import type { EventBatch } from '@gondola/events';
import {
  columnOf,
  recordAt,
  textsOf,
  type CommitSink,
  type OutgoingRecord,
  type RecordBatch,
  type RecordSink,
} from '@gondola/stream';
import type { PublishedCounts } from './published-counts.js';

export interface ValidatedSinkOptions {
  readonly environment: string;
  /** Stream that the records come from. */
  readonly stream: string;
  readonly output: RecordSink;
  /** Shared with the quarantine sink, which commits last. Null: nothing is numbered, and a crash may send twice. */
  readonly counts: PublishedCounts | null;
  /** Columns of a subject of which the first that is given is the key: the store, where an event is of one. */
  readonly keyColumnsOf: (subject: string) => readonly string[];
}

/** Says where a record stood in the stream that it was validated in: `<stream>/<partition>/<position>`. */
const ORIGIN_HEADER = 'gondola_origin';

/**
 * Validated, new events as the records they came in, keyed by store: many streams, on whatever broker and by whatever key,
 * become one that detection can share out. The bytes are the producer's, personal fields and all: who may read the source
 * stream may read this one.
 *
 * Each flush sends one batch for each partition read, numbered on from the last. The output knows the last number it took
 * from a partition and leaves out what it has, so that a flush repeated by this process, the next one or a rival adds nothing.
 */
export function createValidatedSink(options: ValidatedSinkOptions): CommitSink<readonly EventBatch[]> {
  const { environment, stream, output, counts, keyColumnsOf } = options;
  const pending = new Map<string, OutgoingRecord[]>();
  let bytes = 0;

  return {
    name: 'validated',
    // The numbers come with quarantine's position: it is the one that says where to start.
    assigned: async () => {
      pending.clear();
      return new Map();
    },
    write(batches, { records }) {
      const keys = keysOf(batches, keyColumnsOf);
      const outgoing = [...keys.keys()]
        .sort((left, right) => left - right)
        .map((index) => rekeyed(records, index, keys.get(index) ?? null));
      for (const { value } of outgoing) bytes += value?.length ?? 0;
      const waiting = pending.get(records.partition);
      if (waiting) for (const one of outgoing) waiting.push(one);
      else pending.set(records.partition, outgoing);
    },
    buffered: () => ({ rows: [...pending.values()].reduce((sum, some) => sum + some.length, 0), bytes }),
    async commit() {
      for (const [partition, outgoing] of pending) {
        const id = `${environment}/${stream}/${partition}/validated`;
        const producer = counts ? { id, sequence: Number(counts.next(partition)) } : undefined;
        if (outgoing.length > 0) await output.append(outgoing, producer);
        counts?.add(partition, outgoing.length);
        pending.delete(partition);
      }
      bytes = 0;
    },
    discard() {
      pending.clear();
      bytes = 0;
    },
  };
}

/** Record -> its new key, null when it keeps the one it came with. A record with several rows goes where its first one belongs. */
function keysOf(
  batches: readonly EventBatch[],
  keyColumnsOf: ValidatedSinkOptions['keyColumnsOf'],
): Map<number, string | null> {
  const keys = new Map<number, string | null>();
  for (const { subject, table, recordIndex } of batches) {
    const columns = keyColumnsOf(subject).map((name) => textsOf(columnOf(table, name)));
    for (let row = 0; row < table.rows; row++)
      if (!keys.has(recordIndex[row])) keys.set(recordIndex[row], keyOf(columns, row));
  }
  return keys;
}

const keyOf = (columns: readonly (readonly (string | null)[])[], row: number): string | null =>
  columns.find((texts) => texts[row])?.[row] ?? null;

/** What a broker takes at the most is about a megabyte: a record that came at that size has no room for more. */
const ORIGIN_BYTES_MAX = 1_000_000;

function rekeyed(records: RecordBatch, index: number, newKey: string | null): OutgoingRecord {
  const { key, value, headers, timestampMs, position } = recordAt(records, index);
  const origin = Buffer.from(`${records.stream}/${records.partition}/${position}`);
  return {
    key: newKey === null ? key : Buffer.from(newKey),
    value,
    headers:
      (value?.length ?? 0) < ORIGIN_BYTES_MAX ? [...headers, { key: ORIGIN_HEADER, value: origin }] : headers,
    // Event times are held against the time at which the broker first took the record.
    timestampMs,
  };
}
