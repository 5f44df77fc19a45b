import { hoursWithClosures, localClock, type ClosedTime, type Promotion } from '@gondola/detect';
import type { EventBatch } from '@gondola/events';
import {
  columnOf,
  from,
  keyAt,
  plainValues,
  SetupError,
  textsOf,
  type CommitSink,
  type Pipeline,
  type RecordBatch,
  type Source,
  type Stage,
} from '@gondola/stream';
import { ITEM_SUBJECT, promotedItemsIn } from './promoted-items.js';
import { openingHoursIn, STORE_SUBJECT } from './record-order.js';

const CLOSURE_SUBJECT = 'retail.catalog.closure';

interface StoreFact {
  readonly timeZone: string;
  readonly city: string | null;
  readonly openingHours: string | null;
}

/** What a record of a reference stream says. */
type Fact =
  | ({ readonly kind: 'store'; readonly id: string } & StoreFact)
  | {
      readonly kind: 'item';
      readonly id: string;
      readonly category: string | null;
      readonly promotion: Promotion | null;
    }
  | ClosureFact;

/** A time for which a store is closed on purpose. */
interface ClosureFact extends ClosedTime {
  readonly kind: 'closure';
  readonly id: string;
  readonly storeId: string;
}

/** The catalog as compacted streams have it: the newest record of each key, and nothing of a key whose newest has no value. */
export class Reference {
  /** Stream and key -> its newest fact. */
  private readonly facts = new Map<string, Fact>();
  private readonly stores = new Map<string, StoreFact>();
  private readonly categories = new Map<string, string | null>();
  /** Store -> its closures. */
  private readonly closures = new Map<string, Set<ClosureFact>>();
  readonly promotions = new Map<string, Promotion>();

  /** `onChange` is called after each batch that said where stores are, or what is promoted. */
  constructor(private readonly onChange: () => void) {}

  readonly timeZoneOf = (storeId: string): string | undefined => this.stores.get(storeId)?.timeZone;
  readonly cityOf = (storeId: string): string | null | undefined => this.stores.get(storeId)?.city;
  /** With the store's closures, see `hoursWithClosures`. */
  readonly hoursOf = (storeId: string): string | null | undefined => {
    const closures = this.closures.get(storeId);
    const hours = this.stores.get(storeId)?.openingHours;
    return closures ? hoursWithClosures(hours ?? null, [...closures]) : hours;
  };

  readonly categoryOf = (itemId: string): string | null | undefined => this.categories.get(itemId);

  /** What reads one stream into this. */
  pipeline(source: Source, validate: Stage<RecordBatch, readonly EventBatch[]>): Pipeline {
    return from(source).through(exceptTombstones(validate)).into(this.sink()).thenCheckpoint();
  }

  private sink(): CommitSink<readonly EventBatch[]> {
    return {
      name: 'reference',
      // Nothing is kept over a restart: the stream is the table.
      assigned: async () => new Map(),
      write: (batches, { records }) => this.take(records, factsOf(batches)),
      buffered: () => ({ rows: 0, bytes: 0 }),
      commit: async () => {},
      discard: () => {},
    };
  }

  private take(records: RecordBatch, facts: ReadonlyMap<number, Fact>): void {
    let hasMoved = false;
    for (let index = 0; index < records.count; index++) {
      const fact = facts.get(index);
      const isTombstone = records.valueLength[index] < 0;
      if (!fact && !isTombstone) continue;
      const key = `${records.stream} ${Buffer.from(keyAt(records, index) ?? []).toString('latin1')}`;
      const before = this.facts.get(key);
      if (before) this.forget(before);
      this.facts.delete(key);
      hasMoved ||= isPlace(before) || isPlace(fact);
      if (!fact) continue;
      this.facts.set(key, fact);
      this.remember(fact);
    }
    if (hasMoved) this.onChange();
  }

  private remember(fact: Fact): void {
    if (fact.kind === 'store') this.stores.set(fact.id, fact);
    else if (fact.kind === 'closure') {
      const closures = this.closures.get(fact.storeId);
      if (closures) closures.add(fact);
      else this.closures.set(fact.storeId, new Set([fact]));
    } else {
      this.categories.set(fact.id, fact.category);
      if (fact.promotion) this.promotions.set(fact.id, fact.promotion);
    }
  }

  private forget(fact: Fact): void {
    if (fact.kind === 'store') this.stores.delete(fact.id);
    else if (fact.kind === 'closure') {
      const closures = this.closures.get(fact.storeId);
      closures?.delete(fact);
      if (closures?.size === 0) this.closures.delete(fact.storeId);
    } else for (const table of [this.categories, this.promotions]) table.delete(fact.id);
  }
}

/** What engines must be told of; categories they ask for. */
function isPlace(fact: Fact | undefined): boolean {
  return fact !== undefined && (fact.kind !== 'item' || fact.promotion !== null);
}

/** Validation, to which a record without a value is no event: in a compacted stream it takes its key away. */
function exceptTombstones(
  validate: Stage<RecordBatch, readonly EventBatch[]>,
): Stage<RecordBatch, readonly EventBatch[]> {
  return {
    ...validate,
    async run(records, context) {
      const { value, rejected } = await validate.run(records, context);
      return { value, rejected: rejected.filter(({ index }) => records.valueLength[index] >= 0) };
    },
  };
}

/** Index of the record -> what it says. */
function factsOf(batches: readonly EventBatch[]): Map<number, Fact> {
  const facts = new Map<number, Fact>();
  for (const batch of batches) {
    const { subject, table, recordIndex } = batch;
    const texts = (column: string) => textsOf(columnOf(table, column));
    if (subject === STORE_SUBJECT) {
      const [ids, timeZones, cities] = [texts('retail_store_id'), texts('time_zone'), texts('city')];
      const hoursOf = openingHoursIn(batch);
      recordIndex.forEach((record, row) => {
        const timeZone = String(timeZones[row]);
        const store = { id: String(ids[row]), timeZone, city: cities[row], openingHours: hoursOf(row) };
        if (isTimeZone(timeZone)) facts.set(record, { kind: 'store', ...store });
      });
    } else if (subject === ITEM_SUBJECT) {
      const [ids, groups] = [texts('item_id'), texts('merchandise_group')];
      const itemOf = promotedItemsIn(batch);
      recordIndex.forEach((record, row) => {
        const promotion = itemOf?.(row).promotion ?? null;
        facts.set(record, { kind: 'item', id: String(ids[row]), category: groups[row], promotion });
      });
    } else if (subject === CLOSURE_SUBJECT) {
      const [ids, storeIds] = [texts('closure_id'), texts('retail_store_id')];
      const values = (column: string) => plainValues(columnOf(table, column));
      const [from, until, cancelled] = ['closed_from', 'closed_until', 'is_cancelled'].map(values);
      const ms = (micros: unknown) => Math.floor(Number(micros) / 1000);
      recordIndex.forEach((record, row) => {
        // One that is cancelled is as good as gone.
        const untilMs = cancelled[row] === true ? ms(from[row]) : ms(until[row]);
        const closure = {
          id: String(ids[row]),
          storeId: String(storeIds[row]),
          fromMs: ms(from[row]),
          untilMs,
        };
        facts.set(record, { kind: 'closure', ...closure });
      });
    }
  }
  return facts;
}

/** A zone that this machine does not know: the store keeps the one it had. */
function isTimeZone(name: string): boolean {
  try {
    localClock(name);
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return false;
  }
}
