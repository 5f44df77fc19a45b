import { foldName } from './fold-name.js';
import type { MapContext, MapReason } from './map-outcome.js';
import { numberOfText } from './number-text.js';
import { parseJson } from './parse-json.js';
import { dayOf, timeOf, type LocalTime } from './time-text.js';
import { Unmappable } from './unmappable.js';

interface Found {
  readonly value: unknown;
  readonly pointer: string;
}

/** A text and where it stands. */
export interface FoundText {
  readonly value: string;
  readonly pointer: string;
}

/** Members that hold what an object is a mere wrapping of, as converters from XML write them and GA4's exports do. */
const WRAPPED = ['text', 'value', 't', 'stringvalue', 'intvalue', 'doublevalue', 'floatvalue'];
/** Google's reports say '(not set)' for nothing: taken for a transaction_id, all those orders would be one. */
const BLANK = /^\s*(?:\(not set\)\s*)?$/;
const NO_MEMBERS: ReadonlyMap<string, readonly Found[]> = new Map();

/**
 * An object of a document as it came, read by names in any spelling (`foldName`). Members that are null or blank are not
 * there; JSON inside a string is looked into. Every reader takes names in the order of their rank, given folded.
 * Throws `Unmappable`, with a pointer to what is at fault.
 */
export class Fields {
  private constructor(
    readonly object: Readonly<Record<string, unknown>>,
    readonly pointer: string,
    /** By folded name, all spellings, in the order of their rank. */
    private readonly members: ReadonlyMap<string, readonly Found[]>,
  ) {}

  /** The object that a value is, null when it is none. */
  static of(value: unknown, pointer: string): Fields | null {
    const opened = openString(value);
    if (typeof opened !== 'object' || opened === null || Array.isArray(opened)) return null;
    const object = opened as Readonly<Record<string, unknown>>;
    const members = new Map<string, Found[]>();
    for (const name of Object.keys(object))
      append(members, foldName(name), [{ value: object[name], pointer: `${pointer}/${pointerStep(name)}` }]);
    return new Fields(object, pointer, members);
  }

  /** The object that a list of keys and values means, as GA4 exports its parameters. */
  static ofPairs(pairs: readonly Fields[], pointer: string): Fields {
    const members = new Map<string, Found[]>();
    for (const pair of pairs)
      append(members, foldName(pair.requireText('key')), pair.members.get('value') ?? []);
    return new Fields({}, pointer, members);
  }

  /** This object, with what it has not from others. */
  over(...others: readonly Fields[]): Fields {
    const members = new Map<string, Found[]>();
    for (const fields of [this, ...others])
      for (const [name, found] of fields.members) append(members, name, found);
    return new Fields(this.object, this.pointer, members);
  }

  /** An object with nothing in it, in the place of one that is missing. */
  static none(pointer: string): Fields {
    return new Fields({}, pointer, NO_MEMBERS);
  }

  /** Of this object only what these names mean. */
  only(...names: readonly string[]): Fields {
    const members = names.map((name) => [name, this.members.get(name) ?? []] as const);
    return new Fields(this.object, this.pointer, new Map(members));
  }

  has(...names: readonly string[]): boolean {
    return this.find(names) !== null;
  }

  text(...names: readonly string[]): string | null {
    const found = this.find(names);
    return found && textOf(found);
  }

  requireText(...names: readonly string[]): string {
    return this.text(...names) ?? this.missing(names[0]);
  }

  requireFound(...names: readonly string[]): FoundText {
    return this.texts(...names)[0] ?? this.missing(names[0]);
  }

  /** A number, however it is written: see `numberOfText`. */
  number(...names: readonly string[]): number | null {
    const found = this.find(names);
    const text = found && textOf(found);
    if (found === null || text === null) return null;
    const value = numberOfText(text);
    if (value === null) throw invalid(found.pointer, 'a number expected that can only be read in one way');
    return value + 0;
  }

  requireNumber(...names: readonly string[]): number {
    return this.number(...names) ?? this.missing(names[0]);
  }

  flag(...names: readonly string[]): boolean {
    const text = this.text(...names)?.toLowerCase();
    return text !== undefined && text !== null && ['true', '1', 'y', 'yes'].includes(text);
  }

  time(timeZone: string | null, ...names: readonly string[]): LocalTime | null {
    const found = this.find(names);
    const text = found && textOf(found);
    if (found === null || text === null) return null;
    const time = timeOf(text, timeZone);
    if (time === null) throw invalid(found.pointer, 'not a time');
    if (time === 'no zone')
      throw invalid(found.pointer, 'a time without an offset, and no timeZone is known for this producer');
    return time;
  }

  /** Days since 1970. */
  day(...names: readonly string[]): number | null {
    const found = this.find(names);
    const text = found && textOf(found);
    if (found === null || text === null) return null;
    return dayOf(text) ?? fail(invalid(found.pointer, 'not a date'));
  }

  /** The object under a name; null when nothing is there or it is no object. */
  child(...names: readonly string[]): Fields | null {
    const found = this.find(names);
    return found && Fields.of(found.value, found.pointer);
  }

  /** One or many objects. An object whose members are 0, 1, 2 is a list as PHP writes it. */
  list(...names: readonly string[]): readonly Fields[] {
    return this.values(...names).map(
      ({ value, pointer }) => Fields.of(value, pointer) ?? fail(invalid(pointer, 'an object expected')),
    );
  }

  /** One or many objects; what is none is left out. */
  objects(...names: readonly string[]): readonly Fields[] {
    return this.values(...names).flatMap(({ value, pointer }) => Fields.of(value, pointer) ?? []);
  }

  /** One or many texts. */
  texts(...names: readonly string[]): readonly FoundText[] {
    return this.values(...names).flatMap((found) => {
      const value = textOf(found);
      return value === null ? [] : { value, pointer: found.pointer };
    });
  }

  /** `standIn`: what of the context would have done. */
  missing(name: string, standIn?: 'storeId' | 'currency'): never {
    const message = standIn ? `missing, and no ${standIn} is known for this producer` : 'missing';
    throw new Unmappable('mapper_field_missing', `${this.pointer}/${name}`, message);
  }

  refuse(reason: MapReason, message: string): never {
    throw new Unmappable(reason, this.pointer, message);
  }

  private values(...names: readonly string[]): readonly Found[] {
    const found = this.find(names);
    return found ? itemsOf(found) : [];
  }

  private find(names: readonly string[]): Found | null {
    for (const name of names)
      for (const found of this.members.get(name) ?? []) {
        const { value } = found;
        const isBlank = typeof value === 'string' && BLANK.test(value);
        if (value !== null && value !== undefined && !isBlank) return found;
      }
    return null;
  }
}

function append(members: Map<string, Found[]>, name: string, found: readonly Found[]): void {
  const there = members.get(name);
  if (there) there.push(...found);
  else members.set(name, [...found]);
}

/** The entries of a value that is a list, or the value itself as the only one. */
export function itemsOf({ value, pointer }: Found): readonly Found[] {
  const opened = openString(value);
  const entries = Array.isArray(opened) ? (opened as readonly unknown[]) : numbered(opened);
  if (!entries) return [{ value: opened, pointer }];
  return entries.flatMap((entry, index) =>
    entry === null || entry === '' ? [] : [{ value: entry, pointer: `${pointer}/${index}` }],
  );
}

function numbered(value: unknown): readonly unknown[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name, index) => name === String(index))
    ? Object.values(value)
    : null;
}

function openString(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  try {
    return parseJson(value);
  } catch {
    // A text that begins like JSON is still a text.
    return value;
  }
}

function textOf({ value, pointer }: Found): string | null {
  if (typeof value === 'string') {
    if (value.isWellFormed()) return value.trim();
    throw invalid(pointer, 'text with half a surrogate pair');
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return String(value);
    throw invalid(pointer, 'a number beyond what a double holds');
  }
  if (Array.isArray(value) && value.length === 1) return textOf({ value: value[0], pointer: `${pointer}/0` });
  if (Array.isArray(value)) throw invalid(pointer, 'a single text or number expected');
  return Fields.of(value, pointer)?.text(...WRAPPED) ?? null;
}

/** ISO 4217 as it stands, or the context's. Null: neither. */
export function currencyOf(text: string | null, context: MapContext): string | null {
  return text !== null && /^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : context.currency;
}

const pointerStep = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const invalid = (pointer: string, message: string) =>
  new Unmappable('mapper_field_invalid', pointer, message);

function fail(error: Unmappable): never {
  throw error;
}
