import { hash } from 'node:crypto';
import type { DetectConfig } from './config.js';
import { HOUR_MS } from './local-time.js';
import type { Names } from './names.js';
import { EVERYWHERE, SUM_FIELDS, type SiblingSums } from './sibling-sums.js';
import { decodeSums, encodeSums, SUMS_ENTRIES_MAX, type SumsRecord } from './sums-record.js';
import type { StoreState } from './store-state.js';

/** Hours that a sender may be ahead of us and still be kept, and senders that are heard at all. */
const HOURS_AHEAD_MAX = 48;
const SENDERS_MAX = 10_000;

/** What a state keeps of others' sums: the last hour of each sender that was added, and records that wait, as base64. */
export interface SumsState {
  readonly added: readonly (readonly [string, number])[];
  readonly waiting: readonly string[];
}

export const NO_SUMS: SumsState = { added: [], waiting: [] };

/** One sender's hour that is not complete or not due yet. */
interface Waiting {
  readonly parts: (SumsRecord | undefined)[];
}

/**
 * What crosses partitions: sums of an hour leave when every store of the engine has ended it, those of others are added before the
 * first tick that may read them. Nothing is waited for: what has not come is not in the sum, and each hour of a sender is added
 * once at most.
 */
export class ForeignSums {
  /** Hour -> row of the sums -> what the engine's own stores added. */
  private readonly own = new Map<number, Map<number, Float64Array>>();
  /** Sender -> hour -> its records. */
  private readonly waiting = new Map<string, Map<number, Waiting>>();
  /** Sender -> last hour that was added. */
  private readonly added: Map<string, number>;
  private readonly rowOfKey = new Map<bigint, number>();
  private keyed = 0;
  /** Hours before were begun by another process: what we know of them is not all. */
  firstHour = -Infinity;

  constructor(
    private readonly siblings: SiblingSums,
    private readonly names: { readonly cities: Names; readonly items: Names },
    { added, waiting }: SumsState,
  ) {
    this.added = new Map(added);
    for (const text of waiting) {
      const record = decodeSums(Buffer.from(text, 'base64'));
      if (record) this.take(record, Infinity);
    }
  }

  state(): SumsState {
    const records = [...this.waiting.values()].flatMap((hours) =>
      [...hours.values()].flatMap(({ parts }) => parts.filter((part) => part !== undefined)),
    );
    const waiting = records.map((record) => Buffer.from(encodeSums(record)).toString('base64'));
    return { added: [...this.added], waiting };
  }

  /** Sums that a shelf of this hour is added to. */
  ownOf(row: number, hour: number): Float64Array {
    let rows = this.own.get(hour);
    if (!rows) this.own.set(hour, (rows = new Map()));
    let sums = rows.get(row);
    if (!sums) rows.set(row, (sums = new Float64Array(SUM_FIELDS)));
    return sums;
  }

  /** Hours that every store has ended, oldest first, in parts that a broker takes; each is given once. Null: nobody is told of them. */
  takeEnded(untilHour: number, sender: string | null): SumsRecord[] {
    const ended = [...this.own.keys()].filter((hour) => hour + 1 <= untilHour).sort((a, b) => a - b);
    return ended.flatMap((hour) => {
      const rows = [...(this.own.get(hour) ?? [])];
      this.own.delete(hour);
      return hour < this.firstHour || sender === null ? [] : this.recordsOf(sender, hour, rows);
    });
  }

  /** Keeps a record of another sender until its hour is due. False: it is known, or of no use. */
  take(record: SumsRecord, hourNow: number): boolean {
    const { sender, hour, part, parts } = record;
    const last = this.added.get(sender) ?? -Infinity;
    if (hour <= last || hour > hourNow + HOURS_AHEAD_MAX) return false;
    if (!this.waiting.has(sender) && this.waiting.size >= SENDERS_MAX) return false;
    const hours = this.waiting.get(sender) ?? new Map<number, Waiting>();
    const known = hours.get(hour);
    const waiting =
      known?.parts.length === parts ? known : { parts: new Array<undefined>(parts).fill(undefined) };
    if (waiting.parts[part]) return false;
    waiting.parts[part] = record;
    this.waiting.set(sender, hours.set(hour, waiting));
    return true;
  }

  /** Adds what others said of hours up to this one and has come whole. Called before a tick reads that hour. */
  addUpTo(hour: number): void {
    for (const [sender, hours] of this.waiting) {
      for (const [at, { parts }] of [...hours].sort(([a], [b]) => a - b)) {
        if (at > hour) break;
        const whole = parts.filter((part) => part !== undefined);
        if (whole.length < parts.length) {
          // The rest may still come, until a later hour of this sender has been added.
          if (at < hour - 1) hours.delete(at);
          continue;
        }
        hours.delete(at);
        this.added.set(sender, at);
        for (const part of whole) this.add(part);
      }
      if (hours.size === 0) this.waiting.delete(sender);
    }
  }

  private add({ hour, keys, sums }: SumsRecord): void {
    this.indexRows();
    for (let entry = 0; entry < keys.length; entry++) {
      // What no store of ours carries is of no use.
      const row = this.rowOfKey.get(keys[entry]);
      if (row !== undefined) this.siblings.addForeign(row, hour, sums, entry * SUM_FIELDS);
    }
  }

  private indexRows(): void {
    const keys = this.siblings.keysAsJson();
    for (; this.keyed < keys.length; this.keyed++)
      this.rowOfKey.set(this.keyOf(keys[this.keyed]), this.keyed);
  }

  private keyOf([city, item]: readonly [number, number]): bigint {
    return sumsKey(
      city === EVERYWHERE ? null : this.names.cities.nameOf(city),
      this.names.items.nameOf(item),
    );
  }

  private recordsOf(sender: string, hour: number, rows: readonly [number, Float64Array][]): SumsRecord[] {
    const parts = Math.ceil(rows.length / SUMS_ENTRIES_MAX);
    const all = this.siblings.keysAsJson();
    return Array.from({ length: parts }, (_, part) => {
      const some = rows.slice(part * SUMS_ENTRIES_MAX, (part + 1) * SUMS_ENTRIES_MAX);
      const keys = BigUint64Array.from(some, ([row]) => this.keyOf(all[row]));
      const sums = Float32Array.from(some.flatMap(([, own]) => [...own]));
      return { sender, hour, part, parts, keys, sums };
    });
  }
}

/** Null where sums stay within the engine. `state`: what a snapshot has of others, and its stores. */
export function joinOthers(
  siblings: SiblingSums | null,
  names: { readonly cities: Names; readonly items: Names },
  { sumsStream }: DetectConfig,
  { sums, stores }: { sums: SumsState; stores: readonly StoreState[] } = { sums: NO_SUMS, stores: [] },
): ForeignSums | null {
  if (!siblings || sumsStream === null) return null;
  const foreign = new ForeignSums(siblings, names, sums);
  for (const { tickStartMs } of stores)
    foreign.firstHour = Math.max(foreign.firstHour, Math.floor(tickStartMs / HOUR_MS));
  return foreign;
}

/** 64 bits that name an item in a city (null: everywhere), the same in every process. */
export function sumsKey(city: string | null, item: string): bigint {
  const text = city === null ? `*${item}` : `${city.length}:${city}${item}`;
  return BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`);
}
