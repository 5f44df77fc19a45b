import { columnOf, plainValues, textsOf, type Column } from '@gondola/stream';
import type { EventBatch, ShelfEffect } from './event-batch.js';

/** What a batch says of shelves, one entry per row of its table. */
export interface ShelfEvents {
  readonly rows: number;
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
  /** Order or delivery note, null when not known; left out where the subject has none. */
  readonly document?: readonly (string | null)[];
  /** When ordered goods are expected, milliseconds since 1970, NaN when not known; left out where the subject says nothing. */
  readonly dueMs?: Float64Array;
  /** Till of the sale, null where that is not said; left out when no row says it. */
  readonly till?: readonly (string | null)[];
}

/** The batch in detection's words, null when its subject does not speak of shelves. */
export function shelfEvents(batch: EventBatch): ShelfEvents | null {
  const { shelf, table, eventTimeMs } = batch;
  if (!shelf) return null;
  const { rows } = table;
  const text = (name: string | null) =>
    name === null ? Array<string | null>(rows).fill(null) : textsOf(columnOf(table, name));
  const unitPrice =
    shelf.unitPrice === null ? new Float64Array(rows).fill(NaN) : numbersOf(columnOf(table, shelf.unitPrice));
  return {
    rows,
    store: text(shelf.store) as readonly string[],
    item: text(shelf.item) as readonly string[],
    category: text(shelf.category),
    quantity: shelf.quantity === null ? new Float64Array(rows) : numbersOf(columnOf(table, shelf.quantity)),
    unitPrice,
    currency: text(shelf.currency),
    effect: effectsOf(batch),
    eventTimeMs,
    ...(shelf.document !== null && { document: text(shelf.document) }),
    // Timestamps of columns are microseconds.
    ...(shelf.due !== null && { dueMs: numbersOf(columnOf(table, shelf.due)).map((us) => us / 1000) }),
    ...(shelf.till ? { till: text(shelf.till) } : {}),
  };
}

function effectsOf({ shelf, table }: EventBatch): readonly ShelfEffect[] {
  const { rows } = table;
  if (!shelf) return [];
  // An enum's kind without an effect cannot come out of a contract; if it did, it would not move stock.
  const effects = new Map(Object.entries(shelf.effects));
  const kinds = shelf.kind === null ? null : textsOf(columnOf(table, shelf.kind));
  const every = effects.get('*') ?? 'ignore';
  const effect = Array.from({ length: rows }, (_, row) =>
    kinds ? (effects.get(String(kinds[row])) ?? every) : every,
  );
  for (const [name, words] of Object.entries(shelf.ignoreWhen ?? {})) {
    const ignored = new Set<unknown>(words);
    const texts = textsOf(columnOf(table, name));
    for (let row = 0; row < rows; row++) if (ignored.has(texts[row])) effect[row] = 'ignore';
  }
  return effect;
}

/** Any numeric column as doubles; null is NaN. */
function numbersOf(column: Column): Float64Array {
  const { spec, values } = column;
  if (values instanceof Float64Array) return values;
  const unit = spec.type.kind === 'decimal' ? 10 ** spec.type.scale : 1;
  return Float64Array.from(plainValues(column), (value) => (value === null ? NaN : Number(value) / unit));
}
