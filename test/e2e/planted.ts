import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync, gunzipSync } from 'node:zlib';
import { encodeAvro, type AvroType, type Contract } from '@gondola/contract';
import { readParquet } from '@gondola/lake-parquet';
import type { SchemaRegistry } from '@gondola/schema-registry';
import type { Header, OutgoingRecord } from '@gondola/stream';
import { encoderOf, timestampOf } from '../../libs/contract/test/proto-sale.js';

/** A person that nobody may find again. */
export const PERSON = {
  name: 'Xiomara Quiñonez',
  email: 'xiomara.q@correo-plantado.example',
  card: '4539578763621486',
  customer: 'CLIENTE-7f3a9',
} as const;
const ALL = Object.values(PERSON);

/** Parts of them count too: an error that quotes the first bytes of a text has given it away. */
const FRAGMENTS = ['Xiomara', 'Quiñonez', 'correo-plantado', '45395787', '63621486', 'CLIENTE-7f'];
const NEEDLES = FRAGMENTS.flatMap((text) => {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  // In Base64 a text looks different at each of three places; its ends depend on what is around it.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift === 0 ? 0 : 4, -2),
  );
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    hex,
    hex.match(/../g)?.join(' ') ?? '',
    ...base64,
  ];
});

/** Which parts of the planted person a text holds, in whatever spelling. */
export const foundIn = (text: string): string[] => NEEDLES.filter((needle) => text.includes(needle));

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Uint8Array)
      return Buffer.from(inner).toString('latin1') + Buffer.from(inner).toString('utf8');
    return typeof inner === 'bigint' ? String(inner) : inner;
  });

/** What every file below a folder says, decompressed; of Parquet files each column by itself: `file` or `file#column`. */
export async function textsBelow(folder: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const name = path.slice(folder.length + 1);
    if (!name.endsWith('.parquet')) texts.set(name, decompressed(bytes).toString('utf8'));
    else {
      for (const row of await readParquet(bytes))
        for (const [column, value] of Object.entries(row))
          texts.set(`${name}#${column}`, `${texts.get(`${name}#${column}`) ?? ''}${textOf(value)}\n`);
      // Bounds and names are in the footer, which is not compressed.
      texts.set(`${name}#footer`, bytes.subarray(-8 - bytes.readUInt32LE(bytes.length - 8)).toString('utf8'));
    }
  }
  return texts;
}

function decompressed(bytes: Buffer): Buffer {
  const magic = bytes.toString('hex', 0, 4);
  if (magic === '28b52ffd') return zstdDecompressSync(bytes);
  return magic.startsWith('1f8b') ? gunzipSync(bytes) : bytes;
}

type Json = Readonly<Record<string, unknown>>;

export interface Planted {
  readonly subject: string;
  readonly event: Json;
}

/** Every example that passes, with the person in each personal field, wherever that stands. */
export function goodEvents(registry: SchemaRegistry, schemas: string): Planted[] {
  return examplesOf(registry, schemas, 'pass').map(({ contract, file }) => ({
    subject: contract.subject,
    event: withPerson(contract, file),
  }));
}

/** Every example that is to fail, the same. */
export function refusedEvents(registry: SchemaRegistry, schemas: string): Planted[] {
  return examplesOf(registry, schemas, 'fail').map(({ contract, file }) => ({
    subject: contract.subject,
    event: withPerson(contract, file['event'] as Json),
  }));
}

function examplesOf(registry: SchemaRegistry, schemas: string, kind: 'pass' | 'fail') {
  return registry.contracts().flatMap((contract) => {
    const folder = join(schemas, contract.subject, 'examples', kind);
    return readdirSync(folder).map((name) => ({
      contract,
      file: JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json,
    }));
  });
}

function withPerson({ schema, personalFields }: Contract, event: Json): Json {
  let next = 0;
  const person = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(person);
    if (isJson(value)) return mapped(value, (_, inner) => person(inner));
    return ALL[next++ % ALL.length];
  };
  // What other fields hold may have a field of the same name.
  const planted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(planted);
    if (!isJson(value)) return value;
    return mapped(value, (name, inner) => (personalFields.has(name) ? person(inner) : planted(inner)));
  };
  const absent = schema.fields.filter(
    ({ name, type }) => personalFields.has(name) && !(name in event) && takesText(type),
  );
  return planted({ ...event, ...Object.fromEntries(absent.map(({ name }) => [name, ''])) }) as Json;
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const mapped = (value: Json, to: (name: string, inner: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, to(name, inner)]));
const takesText = (type: AvroType): boolean =>
  type.kind === 'nullable' ? takesText(type.of) : ['string', 'json', 'union'].includes(type.kind);

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => bytesOf(JSON.stringify(value));
const header = (key: string, value: string): Header => ({ key, value: bytesOf(value) });

/** In every way in which a good event may come, with more about the person beside what its contract knows. */
export function goodRecords(
  registry: SchemaRegistry,
  { subject, event }: Planted,
  timestampMs: number,
): OutgoingRecord[] {
  const contract = contractOf(registry, subject);
  const key = bytesOf(PERSON.customer);
  const more = {
    ...event,
    email: PERSON.email,
    customer: { name: PERSON.name, cards: [PERSON.card] },
    [PERSON.email]: 1,
  };
  const typed = [
    header('ce_type', subject),
    header('ce_subject', PERSON.email),
    header('x-user', PERSON.name),
  ];
  const envelope = {
    specversion: '1.0',
    id: '1',
    source: '/till',
    type: subject,
    subject: PERSON.email,
    user: PERSON.name,
  };
  const framed = framedOf(contract, event);
  return [
    { key, value: json(more), headers: typed, timestampMs },
    { key, value: json({ ...envelope, data: more }), timestampMs },
    ...(framed ? [{ key, value: framed, headers: [header('x-user', PERSON.name)], timestampMs }] : []),
  ];
}

/** As bytes that name their schema. With dates as text Avro cannot be made of it: then JSON stands for it. */
function framedOf(contract: Contract, event: Json): Uint8Array | null {
  const { kind = 'avro', id, text } = contract.versions[contract.versions.length - 1];
  const prefix = Buffer.from([0, 0, 0, 0, id]);
  if (kind === 'json') return Buffer.concat([prefix, json(event)]);
  try {
    if (kind === 'avro') return encodeAvro(contract, event);
    const { eventTime } = contract.file.roles;
    const value = { ...event, [eventTime]: timestampOf(Date.parse(String(event[eventTime])) * 1000) };
    // Index 0: the first message of the file.
    return Buffer.concat([prefix, Buffer.from([0]), encoderOf(text, contract.schema.name)(value)]);
  } catch {
    return null;
  }
}

/** The same event in ways that are refused, each with the person in it. */
export function badRecords(
  registry: SchemaRegistry,
  { subject, event }: Planted,
  timestampMs: number,
): OutgoingRecord[] {
  const contract = contractOf(registry, subject);
  const typed = [header('ce_type', subject), header('ce_subject', PERSON.email)];
  const record = (value: Uint8Array, headers: readonly Header[] = typed): OutgoingRecord => ({
    key: bytesOf(PERSON.email),
    value,
    headers,
    timestampMs,
  });
  const text = JSON.stringify(event);
  const framed = framedOf(contract, event);
  // Text where text belongs would be right.
  const texts = [PERSON.email, PERSON.card];
  const others = [{ [PERSON.name]: PERSON.card }, [PERSON.name]];
  const wrong = contract.schema.fields.flatMap(({ name, type }) => {
    const { kind } = type.kind === 'nullable' ? type.of : type;
    const values = kind === 'string' ? [...others, Number(PERSON.card)] : [...texts, ...others];
    return values.map((value) => record(json({ ...event, [name]: value })));
  });
  const missing = contract.schema.fields.map(({ name }) => {
    const { [name]: _, ...rest } = event;
    return record(json({ email: PERSON.email, ...rest }));
  });
  const cuts = [0.3, 0.6, 0.9];
  return [
    ...wrong,
    ...missing,
    ...cuts.map((part) => record(bytesOf(text.slice(0, text.length * part)))),
    record(bytesOf(`${text}${PERSON.name}`)),
    record(bytesOf(text.replace('"', `"${PERSON.email}`))),
    record(Buffer.from(text.replace('{', `{"x":"${PERSON.name}",`), 'latin1')),
    record(bytesOf(`{"__proto__":{"${PERSON.email}":1},${text.slice(1).replace(/:\d+/, ':1e999')}`)),
    record(json(event), [header('ce_type', PERSON.email)]),
    record(json({ specversion: '1.0', id: '1', source: '/x', type: PERSON.email, data: event }), []),
    record(json({ specversion: '1.0', id: '1', source: '/x', type: subject, data: PERSON.name }), []),
    record(bytesOf(PERSON.name), []),
    record(bytesOf(`\0${PERSON.name} ${PERSON.card}`), []),
    record(bytesOf(`\x03\x05${PERSON.name} ${PERSON.card} and more bytes`), []),
    ...(framed ? broken(framed).map((value) => record(value, [])) : []),
    ...(framed ? [record(framed, [header('__value_schema_id', PERSON.email)])] : []),
  ];
}

function broken(framed: Uint8Array): Uint8Array[] {
  const cuts = [0.3, 0.5, 0.7, 0.9].map((part) =>
    framed.subarray(0, 5 + Math.floor((framed.length - 5) * part)),
  );
  const shifted = [6, 7, 9].map((at) => Buffer.concat([framed.subarray(0, 5), framed.subarray(at)]));
  const unknown = Buffer.concat([Buffer.from([0, 0, 15, 66, 63]), framed.subarray(5)]);
  return [...cuts, ...shifted, unknown, Buffer.concat([framed, bytesOf(PERSON.name)])];
}

function contractOf(registry: SchemaRegistry, subject: string): Contract {
  const contract = registry.contractOf(subject);
  if (!contract) throw new Error(`no contract ${subject}`);
  return contract;
}

/** Bodies of a mapped format with the person in names that no mapper reads, cut off, and where numbers and times belong. */
export function mappedBodies(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.in\.(json|ndjson|xml|tsv)$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const person = `"email":"${PERSON.email}","customer":{"name":"${PERSON.name}","card":"${PERSON.card}"},`;
      return [
        text.trimStart().startsWith('{') ? text.replace('{', `{${person}`) : text,
        text.replace(
          /("\w*(?:price|quantity|amount|total|time|date|created_at)\w*"\s*:\s*)("[^"]*"|[\d.]+)/gi,
          `$1"${PERSON.email}"`,
        ),
        text.replace(
          /(<(?:\w+:)?(?:Quantity|\w*Amount|\w*DateTime|SequenceNumber|BusinessDayDate)[^>]*>)[^<]*/g,
          `$1${PERSON.name}`,
        ),
        `${text.slice(0, text.length / 2)}${PERSON.name} ${PERSON.card}`,
        `${PERSON.name}${text}`,
      ];
    });
}
