import type { JsonSchema, Place } from './json-schema.js';

/** The fields that objects of a schema may have, as far as the schema names them. */
export interface ObjectShape {
  /** Each with the schemas that describe it: one, or one of each alternative that has it. */
  readonly fields: ReadonlyMap<string, readonly Place[]>;
  /** Fields that every object has. */
  readonly required: ReadonlySet<string>;
}

const ALL = 'allOf';
const ALTERNATIVES = ['anyOf', 'oneOf'];

/**
 * Collects the fields of a schema's own `properties`, of `$ref` and `allOf`, then of alternatives (`oneOf`, `anyOf`, `then`,
 * `else`), which are there in some objects only. Who said a field first says what it is: others only narrow it.
 */
export function shapeOf(
  schema: JsonSchema,
  place: Place,
  open: ReadonlySet<unknown> = new Set(),
): ObjectShape {
  const fields = new Map<string, readonly Place[]>();
  const required = new Set<string>();
  // A schema that is part of itself says nothing new the second time.
  if (open.has(place.schema)) return { fields, required };
  const inner = new Set([...open, place.schema]);
  const partAt = (...steps: readonly string[]): ObjectShape | null => {
    const part = schema.within(place, ...steps);
    return part && shapeOf(schema, part, inner);
  };
  const take = (part: ObjectShape, isAlways: boolean) => {
    for (const [name, places] of part.fields) if (!fields.has(name)) fields.set(name, places);
    if (isAlways) for (const name of part.required) required.add(name);
  };

  for (const name of namesIn(place.schema['properties'])) {
    const property = schema.within(place, 'properties', name);
    // `true`: anything; `false`: never there.
    if (property) fields.set(name, [property]);
    else if (
      place.schema['properties'] &&
      (place.schema['properties'] as Record<string, unknown>)[name] === true
    )
      fields.set(name, [{ ...place, schema: {} }]);
  }
  for (const name of listIn(place.schema['required'])) if (typeof name === 'string') required.add(name);

  const target = typeof place.schema['$ref'] === 'string' ? schema.follow(place) : null;
  if (target && target !== place) take(shapeOf(schema, target, inner), true);
  for (const index of listIn(place.schema[ALL]).keys()) {
    const part = partAt(ALL, String(index));
    if (part) take(part, true);
  }
  for (const keyword of ALTERNATIVES) {
    const parts = [...listIn(place.schema[keyword]).keys()].map((index) => partAt(keyword, String(index)));
    const objects = parts.filter((part) => part !== null);
    if (objects.length > 0) take(mergedOf(objects), objects.length === parts.length);
  }
  const branches = [partAt('then'), partAt('else')].filter((part) => part !== null);
  if (branches.length > 0) take(mergedOf(branches), false);
  return { fields, required };
}

/** What one of several objects may have: fields of all, required where all require them. */
function mergedOf(shapes: readonly ObjectShape[]): ObjectShape {
  const fields = new Map<string, readonly Place[]>();
  for (const shape of shapes)
    for (const [name, places] of shape.fields) fields.set(name, [...(fields.get(name) ?? []), ...places]);
  const required = [...shapes[0].required].filter((name) => shapes.every((one) => one.required.has(name)));
  return { fields, required: new Set(required) };
}

const namesIn = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

export const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
