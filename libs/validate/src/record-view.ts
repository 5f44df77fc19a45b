import { Problem, toNatural, type AvroType, type Contract } from '@gondola/contract';
import type { RecordBatch } from '@gondola/stream';
import { createDecodeRecord, type Recognised } from './decode-record.js';
import type { Frame, FrameEncoding } from './frame.js';
import { createFrameOf, type FramingDeps } from './framing.js';
import { maskedHex, maskedText } from './masked-bytes.js';

/** A record for people, without what is personal and without what might be. */
export interface ShownRecord {
  /** What was recognised of it, null where it was not. */
  readonly subject: string | null;
  readonly schemaVersion: number | null;
  readonly encoding: FrameEncoding | null;
  /** Its fields, as far as they can be read; null when not even the form could be. */
  readonly fields: unknown;
  /** Its text where it is no JSON: letters and digits that are not names of fields are masked. */
  readonly text: string | null;
  readonly bytes: number;
  /** Its first bytes in hexadecimal, those that may be part of a value masked. */
  readonly hex: string;
}

/** Record `index` of a batch, decoded as far as it goes. Never throws. */
export type ShowRecord = (records: RecordBatch, index: number) => ShownRecord;

/** Attributes of a CloudEvents envelope that say nothing of people. */
const ENVELOPE_SHOWN = new Set([
  'specversion',
  'type',
  'source',
  'id',
  'time',
  'datacontenttype',
  'dataschema',
]);

/**
 * Fields are shown that a contract names and does not call personal. All else is masked: fields that no contract knows,
 * records without a contract, and texts of Avro that does not decode, where any field may hold any other's bytes.
 */
export function createShowRecord(deps: FramingDeps): ShowRecord {
  const frameOf = createFrameOf(deps);
  const decodeRecord = createDecodeRecord(deps);
  const byDefault = deps.defaultSubject === null ? null : deps.registry.contractOf(deps.defaultSubject);

  return (records, index) => {
    const { buffer, byteOffset, length } = records.bytes;
    const bytes = Buffer.from(buffer, byteOffset, length);
    const start = records.valueStart[index];
    const end = start + Math.max(0, records.valueLength[index]);
    const found = end > start ? frameOf(records, bytes, index) : null;
    const frame = found && 'readFast' in found ? found : null;
    const decoded = frame ? decodeRecord(frame, bytes, start, end) : (found as Recognised | null);
    const contract = decoded?.contract ?? frame?.contract ?? null;
    const prefixBytes = frame?.prefixBytes ?? 0;
    const value = bytes.subarray(start + prefixBytes, end);
    const fields = fieldsOf(frame, decoded, contract, value);
    return {
      subject: contract?.subject ?? null,
      schemaVersion: decoded?.version ?? null,
      encoding: frame?.encoding ?? null,
      fields,
      text: fields === null ? maskedText(value, namesOf(contract ?? byDefault)) : null,
      bytes: end - start,
      hex: maskedHex(bytes.subarray(start, end), prefixBytes),
    };
  };
}

function fieldsOf(
  frame: Frame | null,
  decoded: Recognised | null,
  contract: Contract | null,
  value: Buffer,
): unknown {
  if (decoded && contract && !(decoded.event instanceof Problem))
    return shown(toNatural(contract.schema, decoded.event), contract.schema, contract);
  const isBinary = frame?.encoding === 'avro' || frame?.encoding === 'protobuf';
  const json = isBinary ? undefined : parsed(value);
  if (json !== undefined)
    return isEnvelope(json) ? shownEnvelope(json, contract) : shown(json, contract?.schema ?? null, contract);
  if (!frame || !isBinary || !contract || frame.isDeflated) return null;
  // Bytes that do not decode may have lost their place before it showed: what could hold a text is not to be trusted.
  const soFar =
    frame.encoding === 'avro'
      ? contract.avroSoFar(value, 0, value.length, frame.writer)
      : contract.protobuf.soFar(value, 0, value.length, frame.writer);
  return shown(withoutTexts(soFar), contract.schema, contract);
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEnvelope = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && typeof value['specversion'] === 'string' && typeof value['type'] === 'string';

function shownEnvelope(envelope: Readonly<Record<string, unknown>>, contract: Contract | null): unknown {
  return Object.fromEntries(
    Object.entries(envelope).map(([name, value]) => {
      if (name === 'data') return [name, shown(value, contract?.schema ?? null, contract)];
      return [nameShown(name), ENVELOPE_SHOWN.has(name) ? leafShown(value, attributeShown) : masked(value)];
    }),
  );
}

/** An attribute of CloudEvents; a source may be an address of mail. */
export const attributeShown = (text: string): string =>
  text.includes('@') ? shapeOf(text) : printable(text);

const ENTRIES_MAX = 20;

/** A value as its type knows it; without a type, only its form. */
function shown(value: unknown, type: AvroType | null, contract: Contract | null): unknown {
  if (value instanceof Said) return value.text;
  const of = type?.kind === 'nullable' ? type.of : type;
  if (Array.isArray(value)) {
    const items = of?.kind === 'array' ? of.items : null;
    // Lists in lists that no type knows may be deeper than the stack.
    const some = value
      .slice(0, ENTRIES_MAX)
      .map((item) => (items === null && Array.isArray(item) ? masked(item) : shown(item, items, contract)));
    return value.length > ENTRIES_MAX ? [...some, `(${value.length - ENTRIES_MAX} more)`] : some;
  }
  if (!isObject(value))
    return of === null ? masked(value) : isOfType(value, of) ? leafShown(value) : misplaced(value);
  // The names in a map are data.
  if (of !== null && of.kind !== 'record') return masked(value);
  const fields = of?.fields ?? [];
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 4 * ENTRIES_MAX)
      .map(([name, inner]) => {
        const field = fields.find((one) => one.name === name);
        if (!field) return [nameShown(name), masked(inner)];
        return [
          name,
          contract?.personalFields.has(name) ? masked(inner) : shown(inner, field.type, contract),
        ];
      }),
  );
}

const TIME = /^\d{4}-\d\d-\d\d([T ][\d:.,]{2,18} ?(Z|[+-]\d\d:?\d\d)?)?$/;

/** What is not of its field's type may be a value in the wrong place, whatever the field is called. */
function isOfType(value: unknown, type: AvroType): boolean {
  if (value === null) return true;
  switch (type.kind) {
    case 'string':
      return typeof value === 'string';
    case 'enum':
      return type.symbols.some((symbol) => symbol === value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
    case 'long':
      return typeof value === 'number' || (type.logical !== null && TIME.test(String(value)));
    case 'float':
    case 'double':
      return typeof value === 'number';
    default:
      return false;
  }
}

const misplaced = (value: unknown): unknown => (typeof value === 'string' ? shapeOf(value) : masked(value));

const SHAPE_MAX = 40;

/** Tells `$ 79.95` from `n/a`: letters as x, digits as 9. */
function shapeOf(text: string): string {
  const shape = text
    .slice(0, SHAPE_MAX)
    .replace(/\p{N}/gu, '9')
    .replace(/[\p{L}\p{M}]/gu, 'x')
    .replace(/\p{C}/gu, '');
  return `(text like ${shape}${text.length > SHAPE_MAX ? '...' : ''})`;
}

/** Says what there is, not what it is. */
function masked(value: unknown): unknown {
  if (value instanceof Said) return value.text;
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return `(text of ${value.length} characters)`;
  if (Array.isArray(value)) return `(list of ${value.length})`;
  return `(${typeof value})`;
}

const TEXT_MAX = 200;

function leafShown(value: unknown, textShown: (text: string) => string = printable): unknown {
  // Not what a leaf is: an attribute of an envelope may be given as anything.
  if (typeof value === 'object' && value !== null) return masked(value);
  return typeof value === 'string' ? textShown(value) : (value ?? null);
}

/** What is shown must not move a terminal's cursor. */
function printable(text: string): string {
  const short = text.slice(0, TEXT_MAX).replace(/[^\P{C}\n]/gu, '\uFFFD');
  return text.length > TEXT_MAX ? `${short}...` : short;
}

/** A name that nobody declared may be a value in the wrong place. */
const nameShown = (name: string): string =>
  /^[A-Za-z_$][A-Za-z_$.-]{0,40}$/.test(name) ? name : `(name of ${name.length} characters)`;

/** What `masked` said of a value that is not there any more. */
class Said {
  constructor(readonly text: unknown) {}
}

function withoutTexts(value: unknown): unknown {
  if (typeof value === 'string') return new Said(masked(value));
  // Eight letters are a double too, with a fraction or beyond all amounts.
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return new Said(masked(value));
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutTexts(inner)]));
}

/** Every field's name. */
export function namesOf(contract: Contract | null): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (type: AvroType): void => {
    if (type.kind === 'nullable') visit(type.of);
    else if (type.kind === 'array') visit(type.items);
    else if (type.kind === 'map') visit(type.values);
    else if (type.kind === 'union') type.branches.forEach(visit);
    else if (type.kind === 'record')
      for (const { name, type: inner } of type.fields) {
        names.add(name);
        visit(inner);
      }
  };
  if (contract) visit(contract.schema);
  return names;
}
