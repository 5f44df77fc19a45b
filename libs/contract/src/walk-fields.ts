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
    const inner = recordIn(type, field.pointer);
    if (inner) yield* walkFields(inner.record, inner.pointer, field.path);
  }
}

function recordIn(type: AvroType, pointer: string): { record: AvroRecord; pointer: string } | null {
  switch (type.kind) {
    case 'record':
      return { record: type, pointer };
    case 'nullable':
      return recordIn(type.of, pointer);
    case 'array':
      return recordIn(type.items, `${pointer}/*`);
    case 'map':
      return recordIn(type.values, `${pointer}/*`);
    default:
      return null;
  }
}
