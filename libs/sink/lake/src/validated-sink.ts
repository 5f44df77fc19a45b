import type { EventBatch } from '@gondola/events';
import {
  columnOf,
  recordAt,
  textsOf,
  TRACEPARENT_HEADER,
  type CommitSink,
  type Log,
  type OutgoingRecord,
  type RecordBatch,
  type RecordSink,
  type RecordView,
  type SentTraces,
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
  /** The event of a record without what is personal. */
  readonly masked: (records: RecordBatch, index: number) => Pick<RecordView, 'key' | 'value' | 'headers'>;
  readonly log: Log;
  /** Where somebody traces: what each record says of that. */
  readonly traces?: SentTraces | null;
}

/** Says where a record stood in the stream that it was validated in: `<stream>/<partition>/<position>`. */
const ORIGIN_HEADER = 'gondola_origin';

/**
 * Validated, new events, keyed by store: many streams, on whatever broker and by whatever key, become one that detection can
 * share out. They hold nothing personal, so they are not the producers' bytes: each is written anew.
 *
 * Each flush sends one batch for each partition read, numbered on from the last. The output knows the last number it took
 * from a partition and leaves out what it has, so that a flush repeated by this process, the next one or a rival adds nothing.
 */
export function createValidatedSink(options: ValidatedSinkOptions): CommitSink<readonly EventBatch[]> {
  const { environment, stream, output, counts } = options;
  const pending = new Map<string, OutgoingRecord[]>();
  let bytes = 0;
  let sent = 0;

  return {
    name: 'validated',
    // The numbers come with quarantine's position: it is the one that says where to start.
    assigned: async () => {
      pending.clear();
      return new Map();
    },
    write(batches, { records }) {
      const keys = keysOf(batches, options.keyColumnsOf);
      const outgoing = [...keys.keys()]
        .sort((left, right) => left - right)
        .flatMap((index) => outgoingOf(records, index, keys.get(index) ?? null, options));
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
        sent += outgoing.length;
        pending.delete(partition);
      }
      bytes = 0;
    },
    published() {
      const rows = sent;
      sent = 0;
      return rows > 0 ? [{ kind: 'stream', name: output.stream, rows }] : [];
    },
    discard() {
      pending.clear();
      bytes = 0;
    },
  };
}

/** Record -> its new key, null when its event has none of these. A record with several rows goes where its first one belongs. */
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
const VALUE_BYTES_MAX = 1_000_000;

/** Nothing when an event that is written anew would be too large for a broker: it must not stop all others. */
function outgoingOf(
  records: RecordBatch,
  index: number,
  key: string | null,
  { masked, log, output, traces }: ValidatedSinkOptions,
): OutgoingRecord[] {
  const { value: came, timestampMs, position } = recordAt(records, index);
  const { key: token, value, headers } = masked(records, index);
  const bytes = value?.length ?? 0;
  const origin = `${records.stream}/${records.partition}/${position}`;
  if (bytes > Math.max(VALUE_BYTES_MAX, came?.length ?? 0)) {
    log.warn({ origin, bytes }, 'an event is too large for the stream of validated events');
    return [];
  }
  const trace = traces?.sampledAt(output.stream, records.partition, position) ?? null;
  const own = [
    { key: ORIGIN_HEADER, value: Buffer.from(origin) },
    ...(trace === null ? [] : [{ key: TRACEPARENT_HEADER, value: Buffer.from(trace) }]),
  ];
  return [
    {
      key: key === null ? token : Buffer.from(key),
      value,
      headers: bytes < VALUE_BYTES_MAX ? [...headers, ...own] : headers,
      // Event times are held against the time at which the broker first took the record.
      timestampMs,
    },
  ];
}
