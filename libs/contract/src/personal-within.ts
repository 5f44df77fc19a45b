import type { AvroRecord, AvroType } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import type { ContractFile } from './contract-file.js';

/** Columns that are not personal and keep as JSON what may hold fields named like personal ones. */
export function personalWithin(
  schema: AvroRecord,
  { personal, rows }: ContractFile,
  plans: readonly ColumnPlan[],
): ReadonlySet<string> {
  const names = new Set(Object.keys(personal));
  if (names.size === 0) return names;
  const row = schema.fields.find(({ name }) => name === rows)?.type;
  const entry = row?.kind === 'array' && row.items.kind === 'record' ? row.items : schema;
  const within = plans.filter(
    ({ field, slot, perRow }) =>
      !names.has(field) && mayHold((perRow ? entry : schema).fields[slot].type, names),
  );
  return new Set(within.map(({ spec }) => spec.name));
}

function mayHold(type: AvroType, names: ReadonlySet<string>): boolean {
  switch (type.kind) {
    case 'nullable':
      return mayHold(type.of, names);
    case 'array':
      return mayHold(type.items, names);
    case 'map':
      return mayHold(type.values, names);
    case 'union':
      return type.branches.some((branch) => mayHold(branch, names));
    case 'record':
      return type.fields.some((field) => names.has(field.name) || mayHold(field.type, names));
    default:
      return type.kind === 'json';
  }
}
