import { toNatural, type AvroType, type Slot } from '../avro-type.js';

/**
 * The value as its JSON Schema has it: times and days as ISO 8601. A field that may be missing and is null was not given, and
 * is left out.
 */
export function toSchemaJson(type: AvroType, value: Slot): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'nullable':
      return toSchemaJson(type.of, value);
    case 'long':
      return type.logical === null ? value : isoOfMicros(value as number);
    case 'int':
      return type.logical === null
        ? value
        : new Date((value as number) * 86_400_000).toISOString().slice(0, 10);
    case 'record':
      return Object.fromEntries(
        type.fields.flatMap(({ name, type: of, fallback, isRequired }, slot) => {
          const inner = (value as readonly Slot[])[slot];
          return inner === null && fallback === null && !isRequired ? [] : [[name, toSchemaJson(of, inner)]];
        }),
      );
    case 'array':
      return (value as readonly Slot[]).map((item) => toSchemaJson(type.items, item));
    case 'map':
      return Object.fromEntries(
        [...(value as ReadonlyMap<string, Slot>)].map(([key, item]) => [
          key,
          toSchemaJson(type.values, item),
        ]),
      );
    default:
      return toNatural(type, value);
  }
}

function isoOfMicros(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
}
