import type { AvroRecord, AvroType } from './avro-type.js';

export interface PlacedField {
  /** JSON pointer, with `*` for entries of arrays and maps, such as that of the item of a line. */
  readonly pointer: string;
  /** Names from the outermost record to the field. */
  readonly path: readonly string[];
  readonly doc: string | null;
  readonly type: AvroType;
  /** Producers may leave it out. */
  readonly optional: boolean;
}

/** Every field of a schema, each before those inside it. */
export function* walkFields(
  record: AvroRecord,
  pointer = '',
  path: readonly string[] = [],
): Generator<PlacedField> {
  for (const { name, doc, type, fallback } of record.fields) {
    const field = {
      pointer: `${pointer}/${name}`,
      path: [...path, name],
      doc,
      type,
      optional: fallback !== undefined,
    };
    yield field;
    // Types of a union may have fields of one name.
    const seen = new Set<string>();
    for (const inner of recordsIn(type, field.pointer))
      for (const one of walkFields(inner.record, inner.pointer, field.path)) {
        if (seen.has(one.pointer)) continue;
        seen.add(one.pointer);
        yield one;
      }
  }
}

function recordsIn(type: AvroType, pointer: string): readonly { record: AvroRecord; pointer: string }[] {
  switch (type.kind) {
    case 'record':
      return [{ record: type, pointer }];
    case 'nullable':
      return recordsIn(type.of, pointer);
    case 'array':
      return recordsIn(type.items, `${pointer}/*`);
    case 'map':
      return recordsIn(type.values, `${pointer}/*`);
    case 'union':
      return type.branches.flatMap((branch) => recordsIn(branch, pointer));
    default:
      return [];
  }
}
