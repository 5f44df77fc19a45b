import { findQuarantined, type QuarantinedRow, type UpkeepDeps } from '@gondola/lake-upkeep';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { attributeShown, createShowRecord, type ShownRecord } from '@gondola/validate';
import { recordBatchOf, type QuarantineReason, type RecordBatch } from '@gondola/stream';
import { ChoiceError } from './choice-error.js';
import { REASON_WORDS } from './reason-words.js';
import { createPointerWords, idOf, printable, producerOf } from './row-words.js';

/** Headers that say how to read a record, not of whom it is. */
const HEADERS_SHOWN =
  /^(ce[_-]|cloudevents[:_])(specversion|type|source|id|time|dataschema|datacontenttype)$|^content-type$|^gondola_origin$/;

export interface ShownRow {
  readonly id: string;
  readonly producer: string;
  readonly stage: string;
  readonly reason: string;
  readonly pointer: string;
  readonly message: string;
  readonly explanation: string;
  readonly subject: string | null;
  readonly schemaVersion: number | null;
  readonly sent: string;
  readonly seen: string;
  readonly replays: number;
  readonly keyBytes: number | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly record: ShownRecord;
}

/**
 * One record of quarantine in words, with nothing personal in it (see `createShowRecord`). It is named by its position, or by
 * `<stream>/<partition>/<position>`. Throws `ChoiceError` when that is no name, or names several, and returns null when nothing
 * has it.
 */
export async function show(
  deps: UpkeepDeps,
  registry: SchemaRegistry,
  { wanted, defaultSubject }: { wanted: string; defaultSubject: string | null },
): Promise<ShownRow | null> {
  const row = await find(deps, wanted);
  if (!row) return null;
  const { stream, partition, position, brokerMs, key, value, headers } = row;
  const batch = recordBatchOf(stream, partition, position, [{ key, value, headers, timestampMs: brokerMs }]);
  // JSON without an envelope is of the subject that ingest found.
  const record = await look(registry, defaultSubject ?? row.subject, batch);
  return {
    id: idOf(row),
    producer: producerOf(row),
    stage: row.stage,
    reason: row.reason,
    pointer: createPointerWords(registry)(row, true),
    message: printable(row.message),
    explanation: REASON_WORDS[row.reason as QuarantineReason] ?? '',
    subject: row.subject ?? record.subject,
    schemaVersion: row.schemaVersion ?? record.schemaVersion,
    sent: new Date(brokerMs).toISOString(),
    seen: new Date(row.ingestMs).toISOString(),
    replays: row.replays,
    // A key or a header may name a person: they are not shown.
    keyBytes: key?.length ?? null,
    headers: headers.map(({ key: name, value: text }) => ({
      name: printable(name),
      value: HEADERS_SHOWN.test(name.toLowerCase()) ? attributeShown(textOf(text)) : `(${text.length} bytes)`,
    })),
    record,
  };
}

async function look(
  registry: SchemaRegistry,
  defaultSubject: string | null,
  batch: RecordBatch,
): Promise<ShownRecord> {
  const showRecord = createShowRecord({ registry, defaultSubject });
  const { remote } = registry;
  if (!remote) return showRecord(batch, 0);
  await remote.ready(new Map());
  for (;;) {
    remote.begin(batch.partition);
    const record = showRecord(batch, 0);
    const more = remote.more();
    if (more === null) return record;
    await more;
  }
}

const textOf = (bytes: Uint8Array): string => printable(Buffer.from(bytes).toString('utf8')).slice(0, 200);

const NAME = /^(?:(?<stream>[^/]+)\/(?<partition>.+)\/)?(?<position>\d{1,60})$/;

async function find(deps: UpkeepDeps, wanted: string): Promise<QuarantinedRow | null> {
  const { stream, partition, position } = NAME.exec(wanted)?.groups ?? {};
  if (position === undefined)
    throw new ChoiceError('record', `is a position, or STREAM/PARTITION/POSITION; it was ${wanted}`);
  const found = await findQuarantined(deps, { stream, partition, position: BigInt(position) });
  if (found.length <= 1) return found[0] ?? null;
  throw new ChoiceError(
    'record',
    `is one of several with the position ${position}: ${found.map(idOf).join(', ')}`,
  );
}
