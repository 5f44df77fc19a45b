import { SetupError } from '@gondola/stream';
import { compileAvroDecoder } from '../avro-decoder.js';
import type { Difference } from '../avro-differences.js';
import type { ParsedSchema } from '../parse-schema.js';
import { compileMessage } from './proto-decoder.js';
import type { ProtoMessage, ProtoType } from './proto-schema.js';

/** What keeps `reader` from reading what `writer` writes, where at least one of them is Protobuf; empty: nothing does. */
export function protobufDifferences(reader: ParsedSchema, writer: ParsedSchema): readonly Difference[] {
  const found: Difference[] = [];
  if (reader.kind === 'protobuf' && writer.kind === 'protobuf')
    compareMessages(reader.message, writer.message, '', found, new Set());
  if (found.length > 0) return found;
  try {
    if (writer.kind === 'protobuf') compileMessage(writer.message, reader.record, 'what is written');
    else compileAvroDecoder(writer.record, reader.record, 'what is written');
    return [];
  } catch (problem) {
    if (!(problem instanceof SetupError)) throw problem;
    return [{ path: '', rule: 'TYPE_MISMATCH', message: problem.message }];
  }
}

/**
 * Whether bytes of either mean the same in the other as far as both know them: a number keeps its field, a field its number,
 * and its type changes only to one that is written alike. What is deleted may not come back as something else.
 */
function compareMessages(
  reader: ProtoMessage,
  writer: ProtoMessage,
  path: string,
  found: Difference[],
  seen: Set<ProtoMessage>,
): void {
  if (seen.has(writer)) return;
  seen.add(writer);
  for (const written of writer.fields) {
    const at = `${path}/${written.jsonName}${written.isRepeated ? '/*' : ''}`;
    const byNumber = reader.fields.find(({ number }) => number === written.number);
    const byName = reader.fields.find(({ jsonName }) => jsonName === written.jsonName);
    if (byNumber !== byName)
      found.push({
        path: at,
        rule: 'FIELD_NUMBER_MISMATCH',
        message: numbers(written.number, byNumber, byName),
      });
    else if (byNumber) {
      const message = wireMismatch(byNumber, written);
      if (message !== null) found.push({ path: at, rule: 'TYPE_MISMATCH', message });
      const [inside, insideWritten] = [insideOf(byNumber.type), insideOf(written.type)];
      if (inside && insideWritten) compareMessages(inside, insideWritten, at, found, seen);
    }
  }
}

function numbers(
  number: number,
  byNumber: { readonly name: string } | undefined,
  byName: { readonly number: number } | undefined,
): string {
  return byNumber
    ? `has the number ${number} when written, which is that of ${byNumber.name} when read; a new field needs a new number`
    : `has the number ${number} when written, ${byName?.number} when read`;
}

function wireMismatch(
  read: { readonly type: ProtoType; readonly isRepeated: boolean },
  written: { readonly type: ProtoType; readonly isRepeated: boolean },
): string | null {
  if (read.isRepeated !== written.isRepeated) return 'only one of the two has several of it';
  if (wayOf(read.type) === wayOf(written.type)) return null;
  return `is written as ${nameOf(written.type)}, which is not written like ${nameOf(read.type)}`;
}

/** Types that are written alike have the same. */
function wayOf(type: ProtoType): string {
  switch (type.kind) {
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
    case 'bool':
    case 'enum':
      return 'varint';
    case 'sint32':
    case 'sint64':
      return 'zigzag';
    case 'fixed32':
    case 'sfixed32':
      return 'fixed32';
    case 'fixed64':
    case 'sfixed64':
      return 'fixed64';
    case 'map':
      return `map of ${wayOf({ kind: type.key })}, ${wayOf(type.value)}`;
    case 'wrapper':
      return `wrapped ${type.of}`;
    case 'unreadable':
      return type.name;
    default:
      return type.kind;
  }
}

function nameOf(type: ProtoType): string {
  if (type.kind === 'message') return type.message.name;
  return type.kind === 'enum' || type.kind === 'unreadable' ? type.name : type.kind;
}

function insideOf(type: ProtoType): ProtoMessage | null {
  if (type.kind === 'map') return insideOf(type.value);
  return type.kind === 'message' ? type.message : null;
}
