import { SetupError } from '@gondola/stream';
import type { ProtoMessage, ProtoType } from './proto-schema.js';

/**
 * Whether bytes of either version mean the same in the other as far as both know them: a number keeps its field, a field
 * its number, and its type changes only to one that is written alike. What is deleted may not come back as something else. Throws
 * `contract_invalid`. That the newer one can read the older one at all is found out where it is bound to it.
 */
export function requireSameNumbers(older: ProtoMessage, newer: ProtoMessage, where: string): void {
  compare(older, newer, where, new Set());
}

function compare(older: ProtoMessage, newer: ProtoMessage, where: string, seen: Set<ProtoMessage>): void {
  if (seen.has(older)) return;
  seen.add(older);
  for (const before of older.fields) {
    const refuse = (why: string) =>
      new SetupError('contract_invalid', `${where}: ${older.name}.${before.name}: ${why}`);
    const renamed = newer.fields.find(({ number }) => number === before.number);
    const moved = newer.fields.find(({ jsonName }) => jsonName === before.jsonName);
    if (renamed && renamed !== moved)
      throw refuse(
        `its number, ${before.number}, is now that of ${renamed.name}; a new field needs a new number`,
      );
    if (moved && moved !== renamed)
      throw refuse(`its number was ${before.number} and is now ${moved.number}`);
    const after = renamed;
    if (!after) continue;
    if (after.isRepeated !== before.isRepeated) throw refuse('only one of the versions has several of it');
    if (wayOf(after.type) !== wayOf(before.type))
      throw refuse(`it was ${nameOf(before.type)}, which is not written like ${nameOf(after.type)}`);
    const [inside, insideNow] = [insideOf(before.type), insideOf(after.type)];
    if (inside && insideNow) compare(inside, insideNow, where, seen);
  }
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
