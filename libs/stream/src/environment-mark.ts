import type { Broker, SourceDeps, SourceOptions } from './broker.js';
import { SetupError } from './errors.js';
import type { RecordSink } from './sink.js';
import type { Source } from './source.js';
import { positionAt, withoutHeaders, type Header, type RecordBatch } from './record-batch.js';

/** Header by which a record says in which environment it was taken in. Records of others have none and are of whoever reads them. */
export const ENVIRONMENT_HEADER = 'gondola_environment';

/** Fewer records at once say nothing of a stream: one that strayed must not stop a service. */
const TELLING_RECORDS = 10;

/** Every record that goes through it says whose it is. */
export function markedSink(sink: RecordSink, environment: string): RecordSink {
  const mark: Header = { key: ENVIRONMENT_HEADER, value: Buffer.from(environment) };
  return {
    stream: sink.stream,
    append: (records, producer) =>
      sink.append(
        records.map((record) => ({ ...record, headers: [...(record.headers ?? []), mark] })),
        producer,
      ),
    lastSequence: (producerId) => sink.lastSequence(producerId),
  };
}

/** The environment that headers name, where it is another one than `own`; null: ours, or unmarked. */
export type ForeignOf = (headers: readonly Header[]) => string | null;

export function createForeignOf(own: string): ForeignOf {
  const ours = Buffer.from(own);
  return (headers) => {
    for (let at = headers.length - 1; at >= 0; at--) {
      const { key, value } = headers[at];
      if (key === ENVIRONMENT_HEADER) return ours.equals(value) ? null : shown(value);
    }
    return null;
  };
}

/** What anybody wrote is not repeated whatever it is. */
function shown(value: Uint8Array): string {
  const text = Buffer.from(value).toString('utf8');
  return /^[a-z0-9][a-z0-9-]{0,31}$/.test(text) ? text : '(no environment)';
}

/** Who reads: instances of one service of one environment share a stream. */
export interface OwnReader {
  readonly service: string;
  readonly environment: string;
}

/**
 * A source of the broker, of which a batch is refused whose records are most of another environment: a mirrored or mistaken stream, of which
 * nothing may be written, also not as quarantine. A look at one record for each batch. Single ones that strayed are left to
 * `validate`. `poll` throws `environment_mismatch` then, which no repeating mends.
 */
export function ownSource(
  broker: Pick<Broker, 'source'>,
  { service, environment, ...options }: Omit<SourceOptions, 'reader'> & OwnReader,
  deps: SourceDeps,
): Source {
  const source = broker.source({ ...options, reader: `gondola-${service}-${environment}` }, deps);
  const foreignOf = createForeignOf(environment);
  return {
    stream: source.stream,
    open: (listener) => source.open(listener),
    async poll(waitMs) {
      const batch = await source.poll(waitMs);
      if (batch) requireOwn(batch, foreignOf, environment);
      return batch;
    },
    lag: () => source.lag(),
    caughtUp: () => source.caughtUp(),
    checkpoint: (upTo) => source.checkpoint(upTo),
    close: () => source.close(),
  };
}

function requireOwn(batch: RecordBatch, foreignOf: ForeignOf, environment: string): void {
  const { stream, partition, count, headersAt } = batch;
  if (headersAt === withoutHeaders || count < TELLING_RECORDS) return;
  const first = foreignOf(headersAt(0));
  if (first === null) return;
  let foreign = 1;
  for (let index = 1; index < count; index++) if (foreignOf(headersAt(index)) !== null) foreign++;
  if (foreign * 2 <= count) return;
  throw new SetupError(
    'environment_mismatch',
    `stream.name: ${foreign} of ${count} records of ${stream}, partition ${partition}, from position ${positionAt(batch, 0)} on are ` +
      `of ${first}, this is ${environment}, and none of them was written. Read a stream of ${environment}, or end what copies them there`,
  );
}
