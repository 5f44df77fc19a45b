import type { Signal } from '@gondola/events';
import { TRACEPARENT_HEADER, type OutgoingRecord, type SentTraces } from '@gondola/stream';

/**
 * A signal's record names the span of the event that made it known, where the producer of that wants it traced, else that of the
 * commit it is part of. One that a restart publishes late names none: its trace is over.
 */
export function withTrace(
  encode: (signal: Signal) => OutgoingRecord,
  stream: string,
  traces: SentTraces | null | undefined,
): (signal: Signal) => OutgoingRecord {
  if (!traces) return encode;
  return (signal) => {
    const record = encode(signal);
    const { receipt } = signal;
    if (!receipt) return record;
    const position = receipt.clockMs === null ? BigInt(receipt.position) : null;
    const trace = traces.traceparentOf(stream, receipt.partition, position);
    if (trace === null) return record;
    const header = { key: TRACEPARENT_HEADER, value: Buffer.from(trace) };
    return { ...record, headers: [...(record.headers ?? []), header] };
  };
}
