import { readQuarantine, type QuarantinedRow, type UpkeepDeps } from '@gondola/lake-upkeep';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { fits, type QuarantineFilter } from './filter.js';
import { createPointerWords, idOf, printable, producerOf } from './row-words.js';

export interface ListOptions {
  readonly filter: QuarantineFilter;
  readonly producer: string | null;
  readonly stream: string | null;
  /** Rows of one page, newest first, and which page, from 1 on. */
  readonly rows: number;
  readonly page: number;
  /** Pages are counted from there on; left out: from the newest row on. */
  readonly after?: RowPlace | null;
}

/** What rows are ordered by: when ingest read them, the newest first, then the id. */
export interface RowPlace {
  readonly ingestMs: number;
  readonly id: string;
}

interface CountOf {
  readonly name: string;
  readonly count: number;
  /** When ingest read the first and the last of them. */
  readonly first: string;
  readonly last: string;
}

const DIMENSIONS = ['reason', 'subject', 'pointer', 'stream', 'producer'] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** Rows that are alike, with what is said of the newest one. */
export type QuarantineGroup = Readonly<Record<Dimension, string>> &
  Omit<CountOf, 'name'> & { readonly message: string; readonly example: string };

export interface ListedRow {
  readonly id: string;
  readonly seen: string;
  readonly reason: string;
  readonly subject: string | null;
  readonly pointer: string;
  readonly message: string;
  readonly producer: string;
  readonly replays: number;
}

export interface QuarantineListing {
  readonly total: number;
  readonly by: Readonly<Record<string, readonly CountOf[]>>;
  /** The largest first. */
  readonly groups: readonly QuarantineGroup[];
  readonly page: number;
  readonly pages: number;
  readonly rows: readonly ListedRow[];
  /** The last row of the page where there are more. */
  readonly last: RowPlace | null;
}

interface Count {
  count: number;
  firstMs: number;
  lastMs: number;
  newest: QuarantinedRow;
}

/** Of one dimension, and of groups: producers may name themselves anew with each record. Whatever is beyond is `OTHERS`. */
const NAMES_MAX = 10_000;
const OTHERS = '(others)';

/**
 * Counts of what quarantine holds, and one page of its rows. Holds no more rows than all pages up to that one, and one of each
 * of at most `NAMES_MAX` groups.
 */
export async function list(
  deps: UpkeepDeps,
  registry: SchemaRegistry,
  { filter, producer, stream, rows, page, after = null }: ListOptions,
): Promise<QuarantineListing> {
  const pointerOf = createPointerWords(registry);
  const counts = new Map(DIMENSIONS.map((name) => [name, new Map<string, Count>()]));
  const groups = new Map<string, Count>();
  const newest = new Newest(rows * page + 1, after);
  let total = 0;
  for await (const row of readQuarantine(deps, filter)) {
    if (!fits(filter, row) || (stream !== null && row.stream !== stream)) continue;
    const sentBy = producerOf(row);
    if (producer !== null && sentBy !== producer) continue;
    total++;
    const pointer = pointerOf(row, false) || '(record)';
    const keys = [row.reason, row.subject ?? '(none)', pointer, row.stream, sentBy];
    DIMENSIONS.forEach((name, at) => add(counts.get(name) ?? groups, keys[at], OTHERS, row));
    const others = [row.reason, row.subject ?? '(none)', OTHERS, row.stream, OTHERS];
    add(groups, JSON.stringify(keys), JSON.stringify(others), row);
    newest.add({ ...listedOf(row, pointerOf(row, true), sentBy), ingestMs: row.ingestMs });
  }
  const { listed, last } = newest.page(page, rows);
  return {
    total,
    by: Object.fromEntries(
      DIMENSIONS.map((name) => [name, entriesOf(counts.get(name) ?? groups).map(countOf)]),
    ),
    groups: entriesOf(groups).map(groupOf),
    page,
    pages: Math.ceil(total / rows),
    rows: listed.map(({ ingestMs: _, ...row }) => row),
    last,
  };
}

const textOf = (timeMs: number): string => new Date(timeMs).toISOString();

/** Keeps the row itself without what the record holds. */
function add(counts: Map<string, Count>, name: string, others: string, row: QuarantinedRow): void {
  const isKnown = counts.has(name) || counts.size < NAMES_MAX;
  const known = counts.get(isKnown ? name : others);
  const { ingestMs } = row;
  if (!known) {
    const newest = { ...row, key: null, value: null, headers: [] };
    counts.set(isKnown ? name : others, { count: 1, firstMs: ingestMs, lastMs: ingestMs, newest });
    return;
  }
  known.count++;
  known.firstMs = Math.min(known.firstMs, ingestMs);
  if (ingestMs < known.lastMs) return;
  known.lastMs = ingestMs;
  known.newest = { ...row, key: null, value: null, headers: [] };
}

const entriesOf = (counts: ReadonlyMap<string, Count>): readonly (readonly [string, Count])[] =>
  [...counts].sort(([, left], [, right]) => right.count - left.count);

const countOf = ([name, { count, firstMs, lastMs }]: readonly [string, Count]): CountOf => ({
  ...{ name, count, first: textOf(firstMs), last: textOf(lastMs) },
});

function groupOf(entry: readonly [string, Count]): QuarantineGroup {
  const [reason, subject, pointer, stream, producer] = JSON.parse(entry[0]) as string[];
  const { name: _, ...count } = countOf(entry);
  const { newest } = entry[1];
  const said = { message: printable(newest.message), example: idOf(newest) };
  return { reason, subject, pointer, stream, producer, ...count, ...said };
}

const listedOf = (row: QuarantinedRow, pointer: string, producer: string): ListedRow => ({
  id: idOf(row),
  seen: textOf(row.ingestMs),
  reason: row.reason,
  subject: row.subject,
  pointer,
  message: printable(row.message),
  producer,
  replays: row.replays,
});

type Kept = ListedRow & { readonly ingestMs: number };

/** The newest rows, in an order that does not change between two pages. */
class Newest {
  private rows: Kept[] = [];

  constructor(
    private readonly rowsMax: number,
    private readonly after: RowPlace | null,
  ) {}

  add(row: Kept): void {
    if (this.after && byNewest(this.after, row) >= 0) return;
    this.rows.push(row);
    if (this.rows.length >= 2 * this.rowsMax) this.settle();
  }

  page(page: number, rows: number): { readonly listed: readonly Kept[]; readonly last: RowPlace | null } {
    this.settle();
    const listed = this.rows.slice((page - 1) * rows, page * rows);
    const { ingestMs, id } = listed.at(-1) ?? { ingestMs: 0, id: '' };
    return { listed, last: this.rows.length > page * rows ? { ingestMs, id } : null };
  }

  private settle(): void {
    this.rows.sort(byNewest);
    this.rows = this.rows.slice(0, this.rowsMax);
  }
}

const byNewest = (left: RowPlace, right: RowPlace): number =>
  right.ingestMs - left.ingestMs || (left.id === right.id ? 0 : left.id < right.id ? -1 : 1);
