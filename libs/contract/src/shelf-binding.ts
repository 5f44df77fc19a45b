import { SetupError } from '@gondola/stream';
import { SIGHT_EFFECTS, type ShelfBinding, type ShelfEffect } from '@gondola/events';
import type { AvroRecord, AvroType } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import type { ContractFile } from './contract-file.js';

const WITHOUT_UNITS: ReadonlySet<ShelfEffect> = new Set([
  'seen_full',
  'seen_empty',
  'seen_filled',
  'ignore',
  ...SIGHT_EFFECTS,
]);
/** Of these a store or an item may be missing: a visit may have neither. */
const SIGHTS: ReadonlySet<ShelfEffect> = new Set(['ignore', ...SIGHT_EFFECTS]);

/**
 * Turns the `shelf` part of a contract, which names fields, into a binding, which names columns. Throws
 * `contract_invalid` when a column cannot play its part or a kind has no effect: a word nobody thought of may not move stock. Where
 * the kind is text, `*` says what such a word does. Where effects are sights alone, store and item may be null, and
 * no quantity is needed: a visit may have neither.
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
  const onlySights = Object.values(shelf.effects).every((effect) => SIGHTS.has(effect));
  const moving = Object.values(shelf.effects).find((effect) => !WITHOUT_UNITS.has(effect));
  const given = (part: string, field: string, kinds: readonly string[]) => {
    const { spec } = planOf(part, field);
    if ((spec.nullable && !onlySights) || !kinds.includes(spec.type.kind))
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
  const { wordsOfField, requireSame, conditions } = wordsIn(schema, file.rows, planOf, refuse);
  const kinds = shelf.kind === null ? ['*'] : wordsOfField('kind', shelf.kind, false);
  if (kinds) requireSame('effects', Object.keys(shelf.effects), kinds);
  else if (!Object.hasOwn(shelf.effects, '*'))
    throw refuse(`effects: ${shelf.kind} may be any text: '*' must say what other words do, e.g. ignore`);
  if (shelf.quantity === null && moving !== undefined)
    throw refuse(`quantity: ${moving} moves units: which field holds them?`);
  const onlyWhen = Object.entries(shelf.onlyWhen).map(([effect, fields]) => {
    if (!Object.values<string>(shelf.effects).includes(effect))
      throw refuse(`onlyWhen.${effect}: no kind has this effect`);
    return [effect, conditions(`onlyWhen.${effect}`, fields, true)] as const;
  });
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
    ignoreWhen: conditions('ignoreWhen', shelf.ignoreWhen, false),
    onlyWhen: Object.fromEntries(onlyWhen),
    session: known('session', shelf.session, 'string'),
  };
}

/** Reads what fields may say, and refuses words that none of them can. */
function wordsIn(
  schema: AvroRecord,
  rows: string | null,
  planOf: (part: string, field: string) => ColumnPlan,
  refuse: (why: string) => SetupError,
) {
  const wordsOfField = (part: string, field: string, mayBeNull: boolean) => {
    const words = wordsOf(planOf(part, field), schema, { rows, mayBeNull });
    if (words !== undefined) return words;
    const or = mayBeNull ? ', text or a whole number' : ' or text that is always given';
    throw refuse(`${part}: ${field} must be an enum${or}`);
  };
  const requireSame = (part: string, names: readonly string[], known: readonly string[]) => {
    const odd =
      names.find((name) => !known.includes(name)) ??
      known.find((name) => part === 'effects' && !names.includes(name));
    if (odd !== undefined)
      throw refuse(`${part}: exactly ${known.join(', ')} expected, ${odd} is the odd one`);
  };
  const conditions = (part: string, of: Readonly<Record<string, readonly string[]>>, mayBeNull: boolean) =>
    Object.fromEntries(
      Object.entries(of).map(([field, values]) => {
        const words = wordsOfField(`${part}.${field}`, field, mayBeNull);
        if (words) requireSame(`${part}.${field}`, values, words);
        return [planOf(part, field).spec.name, values];
      }),
    );
  return { wordsOfField, requireSame, conditions };
}

/** What an enum may say, null for text and numbers, which may be any word, undefined for another type. */
function wordsOf(
  { perRow, slot }: ColumnPlan,
  schema: AvroRecord,
  { rows, mayBeNull }: { rows: string | null; mayBeNull: boolean },
): readonly string[] | null | undefined {
  const { type } = fieldsOf(schema, perRow ? rows : null)[slot];
  const given = mayBeNull && type.kind === 'nullable' ? type.of : type;
  if (given.kind === 'enum') return given.symbols;
  const isAny = given.kind === 'string' || (mayBeNull && given.kind === 'int');
  return isAny ? null : undefined;
}

function fieldsOf(schema: AvroRecord, rows: string | null): readonly { readonly type: AvroType }[] {
  if (rows === null) return schema.fields;
  const array = schema.fields.find(({ name }) => name === rows)?.type;
  return array?.kind === 'array' && array.items.kind === 'record' ? array.items.fields : [];
}
