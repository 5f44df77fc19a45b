/** A field of a schema, as the log has it in JSON. */
export interface SchemaField {
  readonly name: string;
  readonly type: unknown;
  readonly nullable: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Where Spark, and so every engine that knows field ids, looks for the number of a field ... */
const FIELD_ID = 'parquet.field.id';
/** ... and, in the nearest field around them, for those of list elements and map keys and values, by path. */
const NESTED_IDS = 'parquet.field.nested.ids';

/**
 * The fields with a number for each field and element that has none: one more than the largest so far. Numbers stay with
 * their field for ever, so that a table can be read as Iceberg some day.
 */
export function withFieldIds(fields: readonly SchemaField[]): SchemaField[] {
  let last = Math.max(0, ...fieldIdsIn(fields).values());
  const next = () => ++last;

  const numberField = (field: SchemaField): SchemaField => {
    const nested: Record<string, unknown> = { ...nestedIdsOf(field) };
    const id = field.metadata?.[FIELD_ID] ?? next();
    const type = numberType(field.type, field.name, nested);
    const inside = Object.keys(nested).length === 0 ? {} : { [NESTED_IDS]: nested };
    return { ...field, type, metadata: { ...field.metadata, [FIELD_ID]: id, ...inside } };
  };
  const numberType = (type: unknown, path: string, nested: Record<string, unknown>): unknown => {
    if (typeof type !== 'object' || type === null) return type;
    const numbered: Record<string, unknown> = { ...type };
    if (isStruct(type)) numbered['fields'] = type.fields.map(numberField);
    for (const [part, name] of ELEMENTS) {
      if (!(part in numbered)) continue;
      nested[`${path}.${name}`] ??= next();
      numbered[part] = numberType(numbered[part], `${path}.${name}`, nested);
    }
    return numbered;
  };
  return fields.map(numberField);
}

/** Number of every field and element that has one, by dotted path: `headers`, `headers.element`, `headers.element.key`. */
export function fieldIdsIn(fields: readonly SchemaField[]): Map<string, number> {
  const ids = new Map<string, number>();
  const readField = (field: SchemaField, parent: string): void => {
    const id = field.metadata?.[FIELD_ID];
    if (typeof id === 'number') ids.set(parent + field.name, id);
    for (const [path, nestedId] of Object.entries(nestedIdsOf(field)))
      if (typeof nestedId === 'number') ids.set(parent + path, nestedId);
    readType(field.type, parent + field.name);
  };
  const readType = (type: unknown, path: string): void => {
    if (typeof type !== 'object' || type === null) return;
    if (isStruct(type)) for (const field of type.fields) readField(field, `${path}.`);
    for (const [part, name] of ELEMENTS)
      if (part in type) readType((type as Record<string, unknown>)[part], `${path}.${name}`);
  };
  for (const field of fields) readField(field, '');
  return ids;
}

/** Part of a list or map type -> what paths call it. */
const ELEMENTS = [
  ['elementType', 'element'],
  ['keyType', 'key'],
  ['valueType', 'value'],
] as const;

const isStruct = (type: object): type is { fields: readonly SchemaField[] } =>
  'fields' in type && Array.isArray(type.fields);

/** delta-rs, when it changes a schema, leaves the object behind as its JSON text. */
function nestedIdsOf({ metadata }: SchemaField): Record<string, unknown> {
  const ids = metadata?.[NESTED_IDS] ?? {};
  return (typeof ids === 'string' ? JSON.parse(ids) : ids) as Record<string, unknown>;
}
