import { encodeAvro } from '@gondola/contract';
import type { ReplayRecord } from '@gondola/replay';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { GondolaError, systemClock, type OutgoingRecord, type RecordSink } from '@gondola/stream';

const BATCH_RECORDS = 1_000;

export interface ProduceOptions {
  readonly sink: RecordSink;
  readonly registry: SchemaRegistry;
  /** Same file, same options, same id: a second run goes on where the first one stopped. null: no second run. */
  readonly producerId: string | null;
  /** Broker time of the records. */
  readonly nowMs: () => number;
  /** Waits until the record's time has come. */
  readonly pace: (timeMs: number) => Promise<void>;
  readonly onProgress: (records: number) => void;
  /** Told once of each time that the stream refuses for a while. */
  readonly onRefused: (why: string) => void;
  readonly signal: AbortSignal;
}

/** Sends records into the stream, each exactly once over all runs. Returns how many the stream holds of them. */
export async function produce(
  records: Iterable<ReplayRecord> | AsyncIterable<ReplayRecord>,
  options: ProduceOptions,
): Promise<number> {
  const { sink, producerId, signal } = options;
  const known = producerId === null ? 0 : (await sink.lastSequence(producerId)) + 1;
  let sequence = 0;
  let batch: OutgoingRecord[] = [];
  const send = async () => {
    const producer = producerId === null ? undefined : { id: producerId, sequence: sequence - batch.length };
    await untilTaken(() => sink.append(batch, producer), options);
    batch = [];
    options.onProgress(sequence);
    // The pipelines share this thread.
    await new Promise(setImmediate);
  };
  for await (const record of records) {
    if (signal.aborted) break;
    if (sequence++ < known) continue;
    await options.pace(record.timeMs);
    batch.push(outgoing(record, options));
    if (batch.length >= BATCH_RECORDS) await send();
  }
  if (batch.length > 0) await send();
  return sequence;
}

function outgoing(record: ReplayRecord, { registry, nowMs }: ProduceOptions): OutgoingRecord {
  const key = record.key === '' ? null : new TextEncoder().encode(record.key);
  const named: Record<string, string> = record.subject === '' ? {} : { ce_type: record.subject };
  const headers = record.encoding === 'raw' ? { ...named, ...record.headers } : named;
  return { key, value: valueOf(record, registry), headers: toHeaders(headers), timestampMs: nowMs() };
}

function valueOf(record: ReplayRecord, registry: SchemaRegistry): Uint8Array {
  if (record.encoding === 'raw') return record.event;
  if (record.encoding === 'json') return new TextEncoder().encode(JSON.stringify(record.event));
  const contract = registry.contractOf(record.subject);
  if (!contract) throw new Error(`no contract ${record.subject} to encode by`);
  return encodeAvro(contract, record.event);
}

function toHeaders(headers: Readonly<Record<string, string>>) {
  return Object.entries(headers).map(([key, value]) => ({ key, value: new TextEncoder().encode(value) }));
}

const RETRY_MS = 200;

/** The stream may be busy with another process's writes, its disk full for a while, or its broker away. */
export async function untilTaken(
  action: () => Promise<void>,
  { signal, onRefused }: Pick<ProduceOptions, 'signal' | 'onRefused'>,
): Promise<void> {
  for (let isTold = false; ; isTold = true) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof GondolaError) || !error.canRetry || signal.aborted) throw error;
      if (!isTold) onRefused(`${error.message}; trying again until it works`);
      await systemClock.sleep(RETRY_MS, signal);
    }
  }
}
