import {
  encodeAvro,
  Problem,
  toNatural,
  type AvroType,
  type Contract,
  type Event,
  type Masking,
  type Slot,
} from '@gondola/contract';
import { ByteValues, recordAt, SetupError, type Header, type RecordBatch } from '@gondola/stream';
import { createDecodeRecord } from './decode-record.js';
import { createFrameOf, type FramingDeps } from './framing.js';
import { generalisedSlot } from './generalise.js';
import { maskedJson } from './masked-json.js';
import { CONFLUENT_PREFIX_BYTES } from './schema-frames.js';
import { createTokenize, type Tokenize } from './tokens.js';
import { networkOf, truncatedText } from './truncate.js';

/** A record of its own that holds a valid record's event, with what is personal left out or masked. */
export interface MaskedRecord {
  /** A token: what had one key still has. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  readonly headers: readonly Header[];
}

/**
 * Record `index` of a batch that has been validated. Throws `contract_invalid` when a rule refuses the event without its personal
 * fields: whoever validates it again would, and could not know why.
 */
export type MaskRecord = (records: RecordBatch, index: number) => MaskedRecord;

/** What a broker takes at the most is about a megabyte. */
const JSON_BYTES_MAX = 1_000_000;

/**
 * The event is written anew, by the newest schema: what came with it and is in no contract (other fields, headers) is left out,
 * its key is a token. Personal fields become null; where the schema does not allow it, they are masked as in silver. JSON,
 * because it begins with no byte that is a framing; Avro where that would be too large.
 */
export function createMaskRecord({
  key: secret,
  ...deps
}: FramingDeps & { key: Uint8Array | string }): MaskRecord {
  const frameOf = createFrameOf(deps);
  const decodeRecord = createDecodeRecord(deps);
  const tokenize = createTokenize(secret);
  return (records, index) => {
    const { buffer, byteOffset, length } = records.bytes;
    const bytes = Buffer.from(buffer, byteOffset, length);
    const start = records.valueStart[index];
    const frame = frameOf(records, bytes, index);
    const { contract, event } =
      'event' in frame ? frame : decodeRecord(frame, bytes, start, start + records.valueLength[index]);
    if (!contract || event instanceof Problem)
      throw new Error('only records that were found valid can be masked');
    const masked = maskedEvent(contract, event, tokenize);
    const json = contract.toJson(masked);
    const broken = masked === event ? null : brokenBy(contract, masked, json);
    if (broken)
      throw new SetupError(
        'contract_invalid',
        `${contract.subject}, rule ${broken.message.split(':')[0]}: refuses events without their personal fields, which the ` +
          'stream of validated events does not hold: let the rule pass null, or do without validated:',
      );
    const { key } = recordAt(records, index);
    return {
      key: key && tokenize(ByteValues.of([key])).bytesAt(0),
      ...valueOf(contract, json),
    };
  };
}

/** What of its contract the event breaks without its personal fields. */
function brokenBy(contract: Contract, masked: Event, json: object): Problem | null {
  const isJson = contract.kindOf(contract.newestVersion) === 'json';
  const read = isJson ? contract.decodeJson(json) : masked;
  return read instanceof Problem ? read : contract.check(masked, Infinity);
}

function valueOf(contract: Contract, natural: object): Omit<MaskedRecord, 'key'> {
  const json = Buffer.from(JSON.stringify(natural));
  const isAvro = contract.kindOf(contract.newestVersion) === 'avro';
  if (json.length <= JSON_BYTES_MAX || !isAvro) return { value: json, headers: headersOf(contract, 'json') };
  // Without the frame: the type names the schema.
  return {
    value: encodeAvro(contract, natural).subarray(CONFLUENT_PREFIX_BYTES),
    headers: headersOf(contract, 'avro'),
  };
}

const headersOf = ({ types, newestVersion }: Contract, encoding: 'json' | 'avro'): readonly Header[] => [
  { key: 'ce_specversion', value: Buffer.from('1.0') },
  { key: 'ce_type', value: Buffer.from(`${types[0]}.v${newestVersion}`) },
  { key: 'content-type', value: Buffer.from(`application/${encoding}`) },
];

/** The event itself when nothing in it is personal. */
function maskedEvent({ schema, personalFields }: Contract, event: Event, tokenize: Tokenize): Event {
  if (personalFields.size === 0) return event;
  const maskedOf = (type: AvroType, value: Slot): Slot => {
    if (value === null) return null;
    switch (type.kind) {
      case 'nullable':
        return maskedOf(type.of, value);
      case 'array':
        return (value as readonly Slot[]).map((item) => maskedOf(type.items, item));
      case 'map':
        return new Map(
          [...(value as ReadonlyMap<string, Slot>)].map(([name, item]) => [
            name,
            maskedOf(type.values, item),
          ]),
        );
      case 'record':
        return type.fields.map(({ name, type: of }, slot) => {
          const inner = (value as readonly Slot[])[slot];
          const masking = personalFields.get(name);
          if (!masking) return maskedOf(of, inner);
          return of.kind === 'nullable' ? null : maskedSlot(of, masking, inner, tokenize);
        });
      case 'union':
      case 'json':
        return maskedJson(value as string, personalFields, tokenize);
      default:
        return value;
    }
  };
  return maskedOf(schema, event) as Event;
}

/** Of a field that may not be null. */
function maskedSlot(type: AvroType, masking: Masking, value: Slot, tokenize: Tokenize): Slot {
  if (typeof masking === 'object' && 'generalise' in masking)
    return generalisedSlot(type, value as number, masking.generalise);
  if (typeof value !== 'string' || type.kind !== 'string') return blankOf(type);
  if (typeof masking === 'object')
    return masking.truncate === 'ip' ? (networkOf(value) ?? '') : truncatedText(value, masking.truncate);
  return tokenize(ByteValues.of([value])).textAt(0);
}

/** What says nothing and is of the type: in silver a token stands for all of a list or a record. */
function blankOf(type: AvroType): Slot {
  switch (type.kind) {
    case 'nullable':
      return null;
    case 'array':
      return [];
    case 'map':
      return new Map();
    case 'record':
      return type.fields.map((field) => blankOf(field.type));
    case 'enum':
      return type.symbols[0];
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'union':
      return JSON.stringify(toNatural(type.branches[0], blankOf(type.branches[0])));
    case 'json':
      return 'null';
    default:
      return 0;
  }
}
