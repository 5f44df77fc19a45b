import { readQuarantine, type QuarantinedRow, type UpkeepDeps } from '@gondola/lake-upkeep';
import type { SchemaRegistry } from '@gondola/schema-registry';
import type { CommandContext, Summary } from '../command.js';
import { fits, type QuarantineFilter } from './filter.js';
import { createPointerWords, idOf, printable, producerOf } from './row-words.js';

export interface ListOptions {
  readonly filter: QuarantineFilter;
  readonly producer: string | null;
  /** Rows of one page, newest first, and which page, from 1 on. */
  readonly rows: number;
  readonly page: number;
}

interface Count {
  count: number;
  firstMs: number;
  lastMs: number;
}

interface Listed {
  readonly id: string;
  readonly ingestMs: number;
  readonly reason: string;
  readonly subject: string | null;
  readonly pointer: string;
  readonly message: string;
  readonly producer: string;
  readonly replays: number;
}

const DIMENSIONS = ['reason', 'subject', 'pointer', 'producer'] as const;
const GROUPS_SHOWN = 20;

/** Counts of what quarantine holds, and one page of its rows. Holds no more rows than all pages up to that one. */
export async function list(
  deps: UpkeepDeps,
  registry: SchemaRegistry,
  options: ListOptions,
  context: CommandContext,
): Promise<Summary> {
  const { filter, producer, rows, page } = options;
  const pointerOf = createPointerWords(registry);
  const counts = new Map(DIMENSIONS.map((name) => [name, new Map<string, Count>()]));
  const groups = new Map<string, Count>();
  const newest = new Newest(rows * page);
  let total = 0;
  for await (const row of readQuarantine(deps, filter)) {
    if (!fits(filter, row)) continue;
    const sentBy = producerOf(row);
    if (producer !== null && sentBy !== producer) continue;
    total++;
    const keys = [row.reason, row.subject ?? '(none)', pointerOf(row, false) || '(record)', sentBy];
    DIMENSIONS.forEach((name, at) => add(counts.get(name) ?? groups, keys[at], row.ingestMs));
    add(groups, JSON.stringify(keys), row.ingestMs);
    newest.add(listedOf(row, pointerOf(row, true), sentBy));
  }
  const sorted = entriesOf(groups).map(({ name, ...count }) => {
    const [reason, subject, pointer, sentBy] = JSON.parse(name) as string[];
    return { reason, subject, pointer, producer: sentBy, ...count };
  });
  const shown = newest.page(page, rows).map(({ ingestMs, ...row }) => ({ ...row, seen: textOf(ingestMs) }));
  context.say(describe(total, sorted, shown, options));
  return {
    command: 'quarantine list',
    ok: true,
    total,
    by: Object.fromEntries(DIMENSIONS.map((name) => [name, entriesOf(counts.get(name) ?? groups)])),
    groups: sorted,
    page,
    pages: Math.ceil(total / rows),
    rows: shown,
  };
}

const textOf = (timeMs: number): string => new Date(timeMs).toISOString();

function add(counts: Map<string, Count>, name: string, timeMs: number): void {
  const known = counts.get(name);
  if (!known) counts.set(name, { count: 1, firstMs: timeMs, lastMs: timeMs });
  else {
    known.count++;
    known.firstMs = Math.min(known.firstMs, timeMs);
    known.lastMs = Math.max(known.lastMs, timeMs);
  }
}

const entriesOf = (counts: ReadonlyMap<string, Count>) =>
  [...counts]
    .sort(([, left], [, right]) => right.count - left.count)
    .map(([name, { count, firstMs, lastMs }]) => ({
      name,
      count,
      first: textOf(firstMs),
      last: textOf(lastMs),
    }));

const listedOf = (row: QuarantinedRow, pointer: string, producer: string): Listed => ({
  id: idOf(row),
  ingestMs: row.ingestMs,
  reason: row.reason,
  subject: row.subject,
  pointer,
  message: printable(row.message),
  producer,
  replays: row.replays,
});

/** The newest rows, in an order that does not change between two pages. */
class Newest {
  private rows: Listed[] = [];

  constructor(private readonly rowsMax: number) {}

  add(row: Listed): void {
    this.rows.push(row);
    if (this.rows.length >= 2 * this.rowsMax) this.settle();
  }

  page(page: number, rows: number): readonly Listed[] {
    this.settle();
    return this.rows.slice((page - 1) * rows, page * rows);
  }

  private settle(): void {
    this.rows.sort((left, right) => right.ingestMs - left.ingestMs || (left.id < right.id ? -1 : 1));
    this.rows = this.rows.slice(0, this.rowsMax);
  }
}

type Group = Readonly<Record<'reason' | 'subject' | 'pointer' | 'producer' | 'first' | 'last', string>> & {
  readonly count: number;
};

function describe(
  total: number,
  groups: readonly Group[],
  rows: readonly (Omit<Listed, 'ingestMs'> & { seen: string })[],
  { page, rows: perPage }: ListOptions,
): string {
  if (total === 0) return 'quarantine holds no such rows';
  const heads = ['rows', 'reason', 'subject', 'pointer', 'producer', 'first seen', 'last seen'];
  const cells = groups
    .slice(0, GROUPS_SHOWN)
    .map(({ count, reason, subject, pointer, producer, first, last }) => [
      String(count),
      reason,
      subject,
      pointer,
      producer,
      first.slice(0, 16),
      last.slice(0, 16),
    ]);
  const lines = [heads, ...cells];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const table = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const more =
    groups.length > GROUPS_SHOWN ? [`... ${groups.length - GROUPS_SHOWN} more, all with --json`] : [];
  const shown = rows.map(({ id, seen, reason, pointer, message, replays }) => {
    const again = replays > 0 ? `, judged again ${replays} times` : '';
    return `  ${id}  ${seen.slice(0, 19)}  ${reason} ${pointer}: ${message}${again}`;
  });
  const pages = Math.ceil(total / perPage);
  return [...table, ...more, '', `${total} rows, page ${page} of ${pages}:`, ...shown].join('\n');
}
