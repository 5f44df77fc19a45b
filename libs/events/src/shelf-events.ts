import {
  columnOf,
  KnownTexts,
  NullableNumbers,
  plainValues,
  textsByIndex,
  textsOf,
  type Column,
  type NumberedTexts,
} from '@gondola/stream';
import type { EventBatch, ShelfEffect } from './event-batch.js';

/** What a batch says of shelves, one entry per row of its table. */
export interface ShelfEvents {
  readonly rows: number;
  /** Store and item. Null, whatever the type says, in rows that are ignored for it: a visit need not name a store. */
  readonly store: readonly string[];
  readonly item: readonly string[];
  readonly category: readonly (string | null)[];
  /** Units. */
  readonly quantity: Float64Array;
  /** Money per unit, NaN when unknown. */
  readonly unitPrice: Float64Array;
  readonly currency: readonly (string | null)[];
  readonly effect: readonly ShelfEffect[];
  /** Milliseconds since 1970, UTC. */
  readonly eventTimeMs: Float64Array;
  /** Visit or order of a `SightEffect`, null when not known; left out where the subject has none. */
  readonly session?: readonly (string | null)[];
  /** Order or delivery note, null when not known; left out where the subject has none. */
  readonly document?: readonly (string | null)[];
  /** When ordered goods are expected, milliseconds since 1970, NaN when not known; left out where the subject says nothing. */
  readonly dueMs?: Float64Array;
  /** Till of the sale, null where that is not said; left out when no row says it. */
  readonly till?: readonly (string | null)[];
  /** `store` and `item` by number, where those stay the same from batch to batch: who has looked a number up knows its text. */
  readonly numbered?: { readonly store: NumberedTexts; readonly item: NumberedTexts };
}

/**
 * The batch in detection's words, null when its subject does not speak of shelves. `known`: texts of the batches before, where
 * there are any.
 */
export function shelfEvents(batch: EventBatch, known = new KnownTexts()): ShelfEvents | null {
  const { shelf, table, eventTimeMs } = batch;
  if (!shelf) return null;
  const { rows } = table;
  const text = (name: string | null) =>
    name === null ? Array<string | null>(rows).fill(null) : textsOf(columnOf(table, name));
  const word = (name: string | null) => (name === null ? text(null) : known.of(columnOf(table, name)));
  const unitPrice =
    shelf.unitPrice === null ? new Float64Array(rows).fill(NaN) : numbersOf(columnOf(table, shelf.unitPrice));
  const [stores, items] = [columnOf(table, shelf.store), columnOf(table, shelf.item)];
  const numbered = { store: known.numbered(stores), item: known.numbered(items) };
  const [store, item] = [textsIn(numbered.store, stores), textsIn(numbered.item, items)];
  const effect = effectsOf(batch, known);
  for (let row = 0; row < rows; row++) if (store[row] === null || item[row] === null) effect[row] = 'ignore';
  return {
    rows,
    store: store as readonly string[],
    item: item as readonly string[],
    category: word(shelf.category),
    quantity: shelf.quantity === null ? new Float64Array(rows) : numbersOf(columnOf(table, shelf.quantity)),
    unitPrice,
    currency: word(shelf.currency),
    effect,
    eventTimeMs,
    ...(shelf.session !== null && { session: text(shelf.session) }),
    ...(shelf.document !== null && { document: text(shelf.document) }),
    // Timestamps of columns are microseconds.
    ...(shelf.due !== null && { dueMs: numbersOf(columnOf(table, shelf.due)).map((us) => us / 1000) }),
    ...(shelf.till ? { till: text(shelf.till) } : {}),
    ...(numbered.store && numbered.item ? { numbered: { store: numbered.store, item: numbered.item } } : {}),
  };
}

function textsIn(numbered: NumberedTexts | null, column: Column): readonly (string | null)[] {
  return numbered ? textsByIndex(numbered.numbers, numbered.texts) : textsOf(column);
}

function effectsOf({ shelf, table }: EventBatch, known: KnownTexts): ShelfEffect[] {
  const { rows } = table;
  if (!shelf) return [];
  // An enum's kind without an effect cannot come out of a contract; if it did, it would not move stock.
  const effects = new Map(Object.entries(shelf.effects));
  const kinds = shelf.kind === null ? null : known.of(columnOf(table, shelf.kind));
  const every = effects.get('*') ?? 'ignore';
  const effect = new Array<ShelfEffect>(rows).fill(every);
  if (kinds) {
    // Words repeat: most rows have the effect of the row before.
    let [word, its]: [string | null, ShelfEffect] = [null, every];
    for (let row = 0; row < rows; row++) {
      if (kinds[row] !== word) {
        word = kinds[row];
        its = effects.get(String(word)) ?? every;
      }
      effect[row] = its;
    }
  }
  for (const [name, words] of Object.entries(shelf.ignoreWhen ?? {})) {
    const ignored = new Set<unknown>(words);
    const texts = textsOf(columnOf(table, name));
    for (let row = 0; row < rows; row++) if (ignored.has(texts[row])) effect[row] = 'ignore';
  }
  for (const [name, columns] of Object.entries(shelf.onlyWhen ?? {})) {
    for (const [column, words] of Object.entries(columns)) {
      const counted = new Set<unknown>(words);
      const values = conditionsOf(columnOf(table, column));
      for (let row = 0; row < rows; row++)
        if (effect[row] === name && !counted.has(values[row])) effect[row] = 'ignore';
    }
  }
  return effect;
}

/** A whole number counts by its digits. */
function conditionsOf(column: Column): readonly (string | null)[] {
  if (column.spec.type.kind === 'string') return textsOf(column);
  return Array.from(plainValues(column), (value) => (value === null ? null : String(value)));
}

/** Any numeric column as doubles; null is NaN. */
function numbersOf(column: Column): Float64Array {
  const { spec, values } = column;
  if (values instanceof Float64Array) return values;
  if (values instanceof Int32Array) return Float64Array.from(values);
  const unit = spec.type.kind === 'decimal' ? 10 ** spec.type.scale : 1;
  if (values instanceof BigInt64Array) return wholeNumbers(values, unit);
  if (values instanceof NullableNumbers && values.numbers instanceof BigInt64Array) {
    const numbers = wholeNumbers(values.numbers, unit);
    const { isNull } = values;
    for (let row = 0; row < numbers.length; row++) if (isNull[row] === 1) numbers[row] = NaN;
    return numbers;
  }
  return Float64Array.from(plainValues(column), (value) => (value === null ? NaN : Number(value) / unit));
}

/** Through halves: a bigint each would be an object each. What 53 bits do not hold is rounded as `Number` rounds. */
function wholeNumbers(values: BigInt64Array, unit: number): Float64Array {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++)
    numbers[row] = (halves[2 * row + 1] * 4_294_967_296 + (halves[2 * row] >>> 0)) / unit;
  return numbers;
}
