import { SetupError } from '@gondola/stream';
import type { ShelfBinding, ShelfEffect } from '@gondola/events';
import type { AvroRecord, AvroType } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import type { ContractFile } from './contract-file.js';

const WITHOUT_UNITS: ReadonlySet<ShelfEffect> = new Set(['seen_full', 'seen_empty', 'ignore']);

/**
 * Turns the `shelf` part of a contract, which names fields, into a binding, which names columns. Throws
 * `contract_invalid` when a column cannot play its part or a kind has no effect: a word nobody thought of may not move stock. Where
 * the kind is text, `*` says what such a word does.
 */
export function bindShelf(
  file: ContractFile,
  schema: AvroRecord,
  plans: readonly ColumnPlan[],
  where: string,
): ShelfBinding | null {
  const { shelf } = file;
  if (!shelf) return null;
  const refuse = (why: string) => new SetupError('contract_invalid', `${where}: shelf.${why}`);
  const planOf = (part: string, field: string) => {
    const plan = plans.find((candidate) => candidate.field === field);
    if (!plan) throw refuse(`${part}: there is no column for ${field}`);
    return plan;
  };
  const given = (part: string, field: string, kinds: readonly string[]) => {
    const { spec } = planOf(part, field);
    if (spec.nullable || !kinds.includes(spec.type.kind))
      throw refuse(`${part}: ${field} must be given and ${kinds.join(' or ')}`);
    return spec.name;
  };
  const optional = (part: string, field: string | null) =>
    field === null ? null : planOf(part, field).spec.name;
  const known = (part: string, field: string | null, kind: string) => {
    if (field !== null && planOf(part, field).spec.type.kind !== kind)
      throw refuse(`${part}: ${field} must be ${kind}`);
    return optional(part, field);
  };
  /** Null for text, which may be any word. */
  const symbolsOf = (part: string, field: string) => {
    const { perRow, slot } = planOf(part, field);
    const type = fieldsOf(schema, perRow ? file.rows : null)[slot].type;
    if (type.kind === 'enum') return type.symbols;
    if (type.kind === 'string') return null;
    throw refuse(`${part}: ${field} must be an enum or text that is always given`);
  };
  const requireSame = (part: string, names: readonly string[], known: readonly string[]) => {
    const odd =
      names.find((name) => !known.includes(name)) ??
      known.find((name) => part === 'effects' && !names.includes(name));
    if (odd !== undefined)
      throw refuse(`${part}: exactly ${known.join(', ')} expected, ${odd} is the odd one`);
  };
  const kinds = shelf.kind === null ? ['*'] : symbolsOf('kind', shelf.kind);
  if (kinds) requireSame('effects', Object.keys(shelf.effects), kinds);
  else if (!Object.hasOwn(shelf.effects, '*'))
    throw refuse(`effects: ${shelf.kind} may be any text: '*' must say what other words do, e.g. ignore`);
  const ignoreWhen = Object.entries(shelf.ignoreWhen).map(([field, values]) => {
    const symbols = symbolsOf(`ignoreWhen.${field}`, field);
    if (symbols) requireSame(`ignoreWhen.${field}`, values, symbols);
    return [planOf('ignoreWhen', field).spec.name, values] as const;
  });
  const moving = Object.values(shelf.effects).find((effect) => !WITHOUT_UNITS.has(effect));
  if (shelf.quantity === null && moving !== undefined)
    throw refuse(`quantity: ${moving} moves units: which field holds them?`);
  return {
    store: given('store', shelf.store, ['string']),
    item: given('item', shelf.item, ['string']),
    quantity:
      shelf.quantity === null ? null : given('quantity', shelf.quantity, ['decimal', 'float64', 'int32']),
    unitPrice: optional('unitPrice', shelf.unitPrice),
    currency: optional('currency', shelf.currency),
    category: optional('category', shelf.category),
    document: known('document', shelf.document, 'string'),
    due: known('due', shelf.due, 'timestamp'),
    till: optional('till', shelf.till),
    kind: optional('kind', shelf.kind),
    effects: shelf.effects,
    ignoreWhen: Object.fromEntries(ignoreWhen),
  };
}

function fieldsOf(schema: AvroRecord, rows: string | null): readonly { readonly type: AvroType }[] {
  if (rows === null) return schema.fields;
  const array = schema.fields.find(({ name }) => name === rows)?.type;
  return array?.kind === 'array' && array.items.kind === 'record' ? array.items.fields : [];
}
