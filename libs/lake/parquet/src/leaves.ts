import { EmptyLists, type ColumnSpec, type ColumnValue, type ColumnValues } from '@gondola/stream';
import type { LeafType } from './schema-elements.js';
import { typedPart, type LeafValues } from './typed-values.js';

/** A column of the file: a column of the table, or a field inside one. */
export interface Leaf {
  readonly path: readonly string[];
  readonly type: LeafType;
  readonly definitionMax: number;
  readonly repetitionMax: number;
}

/** What one row group holds of a leaf. A slot is a value or the place of a missing one. */
export interface LeafData {
  readonly leaf: Leaf;
  readonly slots: number;
  /** Levels by slot; null when all are `definitionMax`. */
  readonly definition: Uint8Array | null;
  /** Levels by slot; null when all are 0. */
  readonly repetition: Uint8Array | null;
  readonly parts: readonly LeafValues[];
}

/** The leaves of a column in the order of the schema. */
export function leavesOf(spec: ColumnSpec): Leaf[] {
  const walk = ({ name, type, nullable }: ColumnSpec, above: Omit<Leaf, 'type'>): Leaf[] => {
    const path = [...above.path, name];
    const definitionMax = above.definitionMax + (nullable ? 1 : 0);
    const { repetitionMax } = above;
    if (type.kind === 'struct')
      return type.fields.flatMap((field) => walk(field, { path, definitionMax, repetitionMax }));
    if (type.kind === 'list') {
      const element = { name: 'element', type: type.element, nullable: false };
      const list = {
        path: [...path, 'list'],
        definitionMax: definitionMax + 1,
        repetitionMax: repetitionMax + 1,
      };
      return walk(element, list);
    }
    return [{ path, type, definitionMax, repetitionMax }];
  };
  return walk(spec, { path: [], definitionMax: 0, repetitionMax: 0 });
}

/** One column of a row group, given as parts of it one after the other. Throws RangeError when a value is not of its type. */
export function leafDataOf(
  spec: ColumnSpec,
  parts: readonly ColumnValues[],
): { readonly leaves: readonly LeafData[]; readonly nulls: number } {
  const leaves = leavesOf(spec);
  if (spec.type.kind === 'list' || spec.type.kind === 'struct') return nestedData(spec, leaves, parts);
  const flat = flatData(leaves[0], parts);
  const nulls = flat.slots - flat.parts.reduce((sum, values) => sum + values.length, 0);
  if (nulls > 0 && !spec.nullable) throw new RangeError(`column ${spec.name}: null in a required column`);
  return { leaves: [flat], nulls };
}

function flatData(leaf: Leaf, parts: readonly ColumnValues[]): LeafData {
  const typed = parts.map((values) => typedPart(leaf.path.join('.'), leaf.type, values));
  const slots = parts.reduce((sum, values) => sum + values.length, 0);
  let definition: Uint8Array | null = null;
  if (typed.some(({ isNull }) => isNull)) {
    definition = new Uint8Array(slots).fill(1);
    let slot = 0;
    typed.forEach(({ isNull }, part) => {
      if (isNull && definition)
        for (let row = 0; row < isNull.length; row++) definition[slot + row] = 1 - isNull[row];
      slot += parts[part].length;
    });
  }
  return { leaf, slots, definition, repetition: null, parts: typed.map(({ values }) => values) };
}

function nestedData(
  spec: ColumnSpec,
  leaves: readonly Leaf[],
  parts: readonly ColumnValues[],
): ReturnType<typeof leafDataOf> {
  const builders = leaves.map((leaf) => new LeafBuilder(leaf));
  const shred = shredderOf(spec, builders[Symbol.iterator](), 0, 0);
  let nulls = 0;
  for (const part of parts) {
    if (part instanceof EmptyLists) {
      // One level for all of them: above the list's own, below its elements'.
      for (const builder of builders) builder.addEmpty(spec.nullable ? 1 : 0, part.length);
      continue;
    }
    for (const value of part as readonly ColumnValue[]) {
      if (value === null) nulls++;
      shred(value, 0);
    }
  }
  return { leaves: builders.map((builder) => builder.data()), nulls };
}

/** Takes one value apart; `repetition` is the level at which it repeats. */
type Shred = (value: ColumnValue, repetition: number) => void;

function shredderOf(spec: ColumnSpec, builders: Iterator<LeafBuilder>, above: number, depth: number): Shred {
  const { type, nullable } = spec;
  const definition = above + (nullable ? 1 : 0);
  const mine: LeafBuilder[] = [];
  const collecting: Iterator<LeafBuilder> = {
    next() {
      const next = builders.next();
      if (!next.done) mine.push(next.value);
      return next;
    },
  };
  const missing = (level: number, repetition: number) => {
    for (const builder of mine) builder.addMissing(level, repetition);
  };
  const nothing = (repetition: number) => {
    if (!nullable) throw new RangeError(`column ${spec.name}: null in a required column`);
    missing(above, repetition);
  };
  if (type.kind === 'list') {
    const item = { name: 'element', type: type.element, nullable: false };
    const shredItem = shredderOf(item, collecting, definition + 1, depth + 1);
    return (value, repetition) => {
      if (value === null) return nothing(repetition);
      const items = value as readonly ColumnValue[];
      if (items.length === 0) return missing(definition, repetition);
      for (let at = 0; at < items.length; at++) shredItem(items[at], at === 0 ? repetition : depth + 1);
    };
  }
  if (type.kind === 'struct') {
    const fields = type.fields.map((field) => ({
      name: field.name,
      shred: shredderOf(field, collecting, definition, depth),
    }));
    return (value, repetition) => {
      if (value === null) return nothing(repetition);
      const struct = value as Readonly<Record<string, ColumnValue>>;
      for (const field of fields) field.shred(struct[field.name] ?? null, repetition);
    };
  }
  const leaf = collecting.next();
  return (value, repetition) => {
    if (value === null) return nothing(repetition);
    if (!leaf.done) leaf.value.add(value, repetition);
  };
}

const SLOTS_AT_FIRST = 1024;

/** The levels and values of a leaf inside a list or struct. */
class LeafBuilder {
  private definition = new Uint8Array(SLOTS_AT_FIRST);
  private repetition = new Uint8Array(SLOTS_AT_FIRST);
  private slots = 0;
  private readonly values: ColumnValue[] = [];

  constructor(private readonly leaf: Leaf) {}

  add(value: ColumnValue, repetition: number): void {
    this.values.push(value);
    this.addMissing(this.leaf.definitionMax, repetition);
  }

  addMissing(definition: number, repetition: number): void {
    if (this.slots === this.definition.length) this.grow();
    this.definition[this.slots] = definition;
    this.repetition[this.slots++] = repetition;
  }

  /** So many missing slots of rows of their own. */
  addEmpty(definition: number, count: number): void {
    while (this.slots + count > this.definition.length) this.grow();
    this.definition.fill(definition, this.slots, this.slots + count);
    this.repetition.fill(0, this.slots, this.slots + count);
    this.slots += count;
  }

  data(): LeafData {
    const { leaf, slots } = this;
    const { values } = typedPart(leaf.path.join('.'), leaf.type, this.values);
    const whole = this.values.length === slots;
    return {
      leaf,
      slots,
      definition: whole ? null : this.definition.subarray(0, slots),
      repetition: leaf.repetitionMax > 0 ? this.repetition.subarray(0, slots) : null,
      parts: [values],
    };
  }

  private grow(): void {
    const larger = (levels: Uint8Array) => {
      const copy = new Uint8Array(2 * levels.length);
      copy.set(levels);
      return copy;
    };
    this.definition = larger(this.definition);
    this.repetition = larger(this.repetition);
  }
}
