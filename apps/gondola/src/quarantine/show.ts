import { readQuarantine, type QuarantinedRow, type UpkeepDeps } from '@gondola/lake-upkeep';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { GondolaError, recordBatchOf, type QuarantineReason, type RecordBatch } from '@gondola/stream';
import { attributeShown, createShowRecord, type ShownRecord } from '@gondola/validate';
import { UsageError, type CommandContext, type Summary } from '../command.js';
import { REASON_WORDS } from './reason-words.js';
import { createPointerWords, idOf, printable, producerOf } from './row-words.js';

const ALL_TIMES = { sinceMs: -Infinity, untilMs: Infinity };
/** Headers that say how to read a record, not of whom it is. */
const HEADERS_SHOWN =
  /^(ce[_-]|cloudevents[:_])(specversion|type|source|id|time|dataschema|datacontenttype)$|^content-type$|^gondola_origin$/;

/** One record of quarantine in words, with nothing personal in it (see `createShowRecord`). */
export async function show(
  deps: UpkeepDeps,
  registry: SchemaRegistry,
  { wanted, defaultSubject }: { wanted: string; defaultSubject: string | null },
  context: CommandContext,
): Promise<Summary> {
  const row = await find(deps, wanted);
  const { stream, partition, position, brokerMs, key, value, headers } = row;
  const batch = recordBatchOf(stream, partition, position, [{ key, value, headers, timestampMs: brokerMs }]);
  // JSON without an envelope is of the subject that ingest found.
  const record = await look(registry, defaultSubject ?? row.subject, batch);
  const shown = {
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
  context.say(describe(shown, record));
  return { command: 'quarantine show', ok: true, ...shown };
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

async function find(deps: UpkeepDeps, wanted: string): Promise<QuarantinedRow> {
  if (!/^(.+\/)?\d+$/.test(wanted))
    throw new UsageError(
      `a record is named by its position, or by STREAM/PARTITION/POSITION; it was ${wanted}`,
    );
  const found: QuarantinedRow[] = [];
  for await (const row of readQuarantine(deps, ALL_TIMES))
    if (idOf(row) === wanted || String(row.position) === wanted) found.push(row);
  if (found.length === 1) return found[0];
  const message =
    found.length === 0
      ? `quarantine has no record ${wanted}`
      : `several records have the position ${wanted}; name one: ${found.map(idOf).join(', ')}`;
  throw new GondolaError('input_invalid', message, false);
}

function describe(
  {
    record: _,
    headers,
    explanation,
    ...words
  }: Readonly<Record<string, unknown>> & {
    headers: readonly { name: string; value: string }[];
    explanation: string;
  },
  { encoding, fields, text, bytes, hex }: ShownRecord,
): string {
  return [
    ...Object.entries(words).map(
      ([name, value]) => `${name.padEnd(14)} ${value === '' ? '(record)' : String(value)}`,
    ),
    ...headers.map(({ name, value }) => `header         ${name}: ${value}`),
    '',
    explanation,
    '',
    fields === null
      ? `not readable as an event${text ? `; its text, masked:\n${text}` : ''}`
      : `${encoding ?? ''} as far as it goes, personal and unknown fields masked:\n${JSON.stringify(fields, null, 2)}`,
    '',
    `${bytes} bytes${hex ? `, those of texts masked:\n${inLines(hex)}` : ''}`,
  ].join('\n');
}

/** 32 bytes in a line. */
const inLines = (hex: string): string => hex.replace(/(?:\S+ ){32}/g, (line) => `${line.trimEnd()}\n`);
