import type { AvroType } from '@gondola/contract';

/** A type in words. What is in a list of records is told by the records' own fields. */
export function describeType(type: AvroType): string {
  switch (type.kind) {
    case 'nullable':
      return describeType(type.of);
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'int':
      return type.logical === 'date' ? 'date' : 'whole number, 32 bits';
    case 'long':
      if (type.logical === null) return 'whole number, 64 bits';
      return type.logical === 'timestamp-millis' ? 'time, milliseconds' : 'time, microseconds';
    case 'float':
      return 'number, 32 bits';
    case 'double':
      return 'number, 64 bits';
    case 'enum':
      return `one of ${type.symbols.join(', ')}`;
    case 'array':
      return `list of ${describeType(type.items)}`;
    case 'map':
      return `names with ${describeType(type.values)}`;
    case 'union':
      return type.branches.map(describeType).join(' or ');
    case 'json':
      return 'any JSON';
    case 'record':
      return type.name;
  }
}
