import type { SchemaId } from '@gondola/contract';
import type { Header } from '@gondola/stream';

const ID_BYTES = 4;
const GUID_BYTES = 16;

/** Confluent's header: a version byte, then the id (0) or the GUID (1), and for Protobuf which message it is. */
export const CONFLUENT_HEADER = '__value_schema_id';
const AZURE_CONTENT_TYPE = /^(?:avro\/binary|application\/json)\+([0-9a-f]{32})$/i;
const DATASCHEMA_HEADERS = new Set([
  'ce_dataschema',
  'ce-dataschema',
  'cloudevents:dataschema',
  'cloudevents_dataschema',
]);

/** The id in AWS Glue's framing: 0x03, how the rest is compressed (0: not, 5: zlib), 16 bytes. Null: it is not that framing. */
export function glueIdOf(bytes: Buffer, start: number, length: number): string | null {
  const isGlue =
    length >= GLUE_PREFIX_BYTES &&
    bytes[start] === GLUE_MAGIC &&
    (bytes[start + 1] === 0 || bytes[start + 1] === GLUE_ZLIB);
  return isGlue ? guidAt(bytes, start + 2) : null;
}

export const GLUE_MAGIC = 3;
export const GLUE_ZLIB = 5;
export const GLUE_PREFIX_BYTES = 18;

/**
 * The schema that headers say the whole value is written with: Confluent's header, Azure's content type or the dataschema
 * of a CloudEvents event that is not JSON. Null when they say nothing of the kind.
 */
export function headerIdOf(headers: readonly Header[], isJson: boolean): SchemaId | null {
  let dataschema: SchemaId | null = null;
  for (const { key, value } of headers) {
    const name = key.toLowerCase();
    if (name === CONFLUENT_HEADER) return confluentIdOf(value);
    if (name === 'content-type') {
      const text = textOf(value);
      const id = AZURE_CONTENT_TYPE.exec(text)?.[1];
      if (id !== undefined) return id.toLowerCase();
      if (text.includes('json')) isJson = true;
    } else if (DATASCHEMA_HEADERS.has(name)) dataschema = dataschemaIdOf(textOf(value));
  }
  return isJson ? null : dataschema;
}

const DATASCHEMA_ID = /\/schemas\/ids\/(\d{1,10})(?:[/?#]|$)/i;
const DATASCHEMA_GUID = /\/schemas\/guids\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[/?#]|$)/i;
const DATASCHEMA_AZURE = /\/\$schemaGroups\/\$schemas\/([0-9a-f]{32})(?:[/?#:]|$)/i;

/** The id in the address of a schema, as Confluent's and Azure's registries serve them; null for any other. */
export function dataschemaIdOf(uri: string): SchemaId | null {
  const id = Number(DATASCHEMA_ID.exec(uri)?.[1] ?? NaN);
  if (Number.isInteger(id)) return id;
  return (DATASCHEMA_GUID.exec(uri) ?? DATASCHEMA_AZURE.exec(uri))?.[1].toLowerCase() ?? null;
}

/** A header that is not what it says names no schema that there could be. */
function confluentIdOf(value: Uint8Array): SchemaId {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (bytes.length > ID_BYTES && bytes[0] === 0) return bytes.readInt32BE(1);
  if (bytes.length > GUID_BYTES && bytes[0] === 1) return guidAt(bytes, 1);
  return 'unreadable';
}

/** Where in Confluent's header the id ends. */
export function confluentIdEnd(value: Uint8Array): number {
  return 1 + (value[0] === 0 ? ID_BYTES : GUID_BYTES);
}

function guidAt(bytes: Buffer, start: number): string {
  const hex = bytes.toString('hex', start, start + GUID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1').trim();
}
