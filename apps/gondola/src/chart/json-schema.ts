import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type Properties = Readonly<Record<string, JsonSchema>>;

/** An object that has these and nothing else: a misspelt value is refused. */
export const strict = (properties: Properties, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
  additionalProperties: false,
});

/** An object whose keys are the user's. */
export const mapOf = (value: JsonSchema, keys?: string): JsonSchema => ({
  type: 'object',
  ...(keys === undefined ? {} : { propertyNames: { pattern: keys } }),
  additionalProperties: value,
});

export const text = (pattern: string, extra: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  pattern,
  ...extra,
});
export const whole = (minimum: number, maximum: number): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum,
});
export const oneOf = (...values: readonly string[]): JsonSchema => ({ enum: values });
export const listOf = (items: JsonSchema, minItems = 0): JsonSchema => ({
  type: 'array',
  items,
  minItems,
  uniqueItems: true,
});
/** What a second values file may take away again. */
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
export const orEmpty = (pattern: string): JsonSchema => text(`^$|${pattern}`);

export const flag: JsonSchema = { type: 'boolean' };
export const plain: JsonSchema = { type: 'string' };

/** What a schema of the services takes, as JSON Schema. Defaults are left out: who reads the chart's schema is a program. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return withoutDefaults(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })) as JsonSchema;
}

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'default' && key !== '$schema');
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutDefaults(part)]));
}

export const propertiesOf = (schema: JsonSchema): Properties => schema['properties'] as Properties;

export const without = (properties: Properties, ...names: readonly string[]): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
