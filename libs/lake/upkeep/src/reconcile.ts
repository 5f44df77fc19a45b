import type { EventBatch } from '@gondola/events';
import {
  columnOf,
  GondolaError,
  type BatchContext,
  type Checkpoint,
  type Column,
  type CommitSink,
  type Rejection,
} from '@gondola/stream';
import { addActualRows, judgeSlots, openAnswerTables, QUARANTINE_COMPARED } from './actual-rows.js';
import type { AnswerTable, SubjectColumns } from './actual-rows.js';
import { isContiguous, openBronze, positionsOfDates } from './bronze-index.js';
import { readBronzeRecords, type BronzeBatch } from './bronze-records.js';
import { upToNeighbours } from './date-edges.js';
import { Findings, type Finding, type FindingKind } from './findings.js';
import { HourBook, hourText, type HourTotals } from './hour-totals.js';
import type { PositionRange, PositionRanges } from './position-range.js';
import { PositionRuns } from './position-runs.js';
import { accountedFor, startsOf, upTo, type JudgePipeline } from './rebuild.js';
import { RecordSlots, SlotLookup } from './record-slots.js';
import { hashRows } from './row-hash.js';
import type { DateRange, UpkeepDeps } from './upkeep-deps.js';

export interface ReconcileOptions {
  readonly stream: string;
  /** Of bronze: the days on which records were read. */
  readonly dates: DateRange;
  readonly subjects: readonly SubjectColumns[];
  /** Judges records anew, as ingest does; null for the quick check of counts and positions only. */
  readonly createPipeline:
    | ((
        silver: CommitSink<readonly EventBatch[]>,
        quarantine: CommitSink<readonly Rejection[]>,
      ) => JudgePipeline)
    | null;
  /** First position that the source still has of each partition; null when it cannot be asked. */
  readonly kept: Checkpoint | null;
  /** Compares rows of expired dates too: of what `expire` took out, all is missing then. */
  readonly withExpired: boolean;
  readonly signal: AbortSignal;
}

export interface ReconcileResult {
  readonly ok: boolean;
  readonly records: number;
  /** Whether bronze was held against what the stream still has. */
  readonly streamCompared: boolean;
  /** Table -> date (`2026-11-23`) of before which its rows are gone on purpose and were not compared. */
  readonly expiredBefore: Readonly<Record<string, string>>;
  readonly hours: readonly HourTotals[];
  /** The first 1,000. */
  readonly findings: readonly Finding[];
  /** Positions at fault, by kind. */
  readonly positions: Readonly<Partial<Record<FindingKind, number>>>;
}

/** Records whose rows are compared in one go: bounds memory (about 100 bytes each). */
const WINDOW_RECORDS_MAX = 500_000;

/**
 * Holds one stream's tables against each other: bronze has every position once, and silver and quarantine have exactly the
 * rows that bronze's records give when they are judged again. Records that are on their way into the tables are left out.
 * Throws `input_invalid` when bronze has nothing of these dates, or is not there.
 */
export async function reconcile(deps: UpkeepDeps, options: ReconcileOptions): Promise<ReconcileResult> {
  const { stream, dates } = options;
  // Quarantine, which commits last, is asked first: what it accounts for is in all tables that are opened after it.
  const ends = await accountedFor(deps, stream);
  const bronze = await openBronze(deps, stream);
  const found = upTo(await positionsOfDates(deps, bronze, dates), ends);
  const { ranges, oldest } = await upToNeighbours(deps, bronze, dates, found, ends);
  const { withExpired, subjects } = options;
  const quick = options.createPipeline === null;
  const tables = await openAnswerTables(deps, subjects, { quick, withExpired });

  const audit = new Audit(deps, options, tables, ranges, await isContiguous(deps, bronze));
  const isBronzeWhole = withExpired || bronze.expiredBefore === null;
  if (isBronzeWhole) audit.compareWithSource(oldest);
  // To compare nothing and to find nothing wrong are two things.
  if (ranges.size === 0 && ends.size > 0 && audit.isClean) throw nothingToCompare(bronze.path, dates);
  const pipeline = options.createPipeline?.(audit.silver, audit.quarantine) ?? null;
  for (const stage of pipeline?.stages ?? []) await stage.assigned?.(startsOf(ranges));
  const reading = { stream, ranges, withValues: pipeline !== null };
  for await (const batch of readBronzeRecords(deps, bronze, reading)) {
    if (options.signal.aborted) break;
    audit.open(batch);
    await pipeline?.process(batch.records, batch.ingestMs);
    if (audit.waiting >= WINDOW_RECORDS_MAX) await audit.compare();
  }
  const expired = [...tables, ...(withExpired ? [] : [bronze])].flatMap(({ path, expiredBefore }) =>
    expiredBefore === null ? [] : [[path, expiredBefore] as const],
  );
  return {
    ...(await audit.finish()),
    streamCompared: options.kept !== null && isBronzeWhole,
    expiredBefore: Object.fromEntries(expired),
  };
}

function nothingToCompare(path: string, { first, last }: DateRange): GondolaError {
  const when = first === null && last === null ? '' : ` of ${first ?? ''}..${last ?? ''}`;
  return new GondolaError(
    'input_invalid',
    `${path} holds no records${when}: there is nothing to compare`,
    false,
  );
}

class Audit {
  /** Records whose rows were not compared yet. */
  waiting = 0;
  private records = 0;
  private slots = new Map<string, RecordSlots[]>();
  private current: RecordSlots | null = null;
  /** Partition -> position from which on nothing was seen yet, and of what was compared. */
  private readonly next: Map<string, bigint>;
  private readonly compared: Map<string, bigint>;
  private readonly lastHour = new Map<string, number>();
  private readonly findings = new Findings();
  private readonly book: HourBook;
  /** Subject, or quarantine -> date of before which its rows are not compared. */
  private readonly expired: ReadonlyMap<string, string | null>;

  constructor(
    private readonly deps: UpkeepDeps,
    private readonly options: ReconcileOptions,
    private readonly tables: readonly AnswerTable[],
    private readonly ranges: PositionRanges,
    private readonly isContiguous: boolean,
  ) {
    this.book = new HourBook(options.createPipeline === null);
    this.expired = new Map(tables.map(({ name, expiredBefore }) => [name, expiredBefore]));
    this.next = new Map(startsOf(ranges));
    this.compared = new Map(startsOf(ranges));
  }

  /** What the records should give is added up instead of written. */
  readonly silver = sinkOf<readonly EventBatch[]>('expected silver', (batches) => {
    for (const { subject, table, recordIndex, eventTimeMs } of batches) {
      const keptFromMs = this.keptFromMs(subject);
      const columns = this.columnsOf(subject).map(({ name }) => columnOf(table, name));
      const halves = hashRows(subject, table.rows, columns);
      recordIndex.forEach((slot, row) => {
        if (eventTimeMs[row] >= keptFromMs) this.current?.expected.silver.add(slot, halves, row);
      });
    }
  });

  readonly quarantine = sinkOf<readonly Rejection[]>('expected quarantine', (rejected, { nowMs }) => {
    const rows = rejected.filter((one) => one.kind === 'quarantine');
    const columns = QUARANTINE_COMPARED.map((spec): Column => ({
      spec,
      values: rows.map((row) => row[spec.name as 'stage' | 'reason' | 'pointer']),
    }));
    const halves = hashRows('quarantine', rows.length, columns);
    if (nowMs >= this.keptFromMs('quarantine'))
      rows.forEach(({ index }, row) => this.current?.expected.quarantine.add(index, halves, row));
    for (const { kind, index } of rejected)
      if (kind === 'drop' && this.current) this.current.isDuplicate[index] = 1;
  });

  private columnsOf(subject: string): SubjectColumns['columns'] {
    return this.options.subjects.find((one) => one.subject === subject)?.columns ?? [];
  }

  private keptFromMs(name: string): number {
    const date = this.expired.get(name) ?? null;
    return date === null ? -Infinity : Date.parse(date);
  }

  /** `oldest`: the first position that bronze has of a partition. */
  compareWithSource(oldest: Checkpoint): void {
    for (const [partition, first] of this.options.kept ?? []) {
      const end = oldest.get(partition) ?? first;
      if (first < end) this.blame('source_missing', partition, null, first, end - 1n);
    }
  }

  get isClean(): boolean {
    return this.findings.list.length === 0;
  }

  /** The next records of a partition, before they are judged. */
  open({ records, doubled }: BronzeBatch): void {
    const { partition } = records;
    const slots = new RecordSlots(records);
    this.current = slots;
    const batches = this.slots.get(partition);
    if (batches) batches.push(slots);
    else this.slots.set(partition, [slots]);
    this.waiting += slots.count;
    this.records += slots.count;
    if (this.isContiguous) this.findHoles(slots);
    for (const position of doubled) {
      const slot = slots.positions.indexOf(position);
      this.blame('bronze_doubled', partition, slots.hours[slot], position, position);
    }
    this.next.set(partition, records.nextPosition);
    this.lastHour.set(partition, slots.hours[slots.count - 1]);
  }

  private findHoles({ partition, positions, hours }: RecordSlots): void {
    let expected = this.next.get(partition) ?? positions[0];
    let hour = this.lastHour.get(partition) ?? hours[0];
    for (let slot = 0; slot < positions.length; slot++) {
      if (positions[slot] !== expected)
        this.blame('bronze_hole', partition, hour, expected, positions[slot] - 1n);
      expected = positions[slot] + 1n;
      hour = hours[slot];
    }
  }

  /** Reads what the tables hold of the records that wait, and forgets them. */
  async compare(): Promise<void> {
    const ranges = new Map<string, PositionRange>();
    for (const [partition, to] of this.next)
      ranges.set(partition, { from: this.compared.get(partition) ?? to, to });
    // A record gives several rows, in several tables: what is at fault is its position.
    const unexplained = { silver: new PositionRuns(), quarantine: new PositionRuns() };
    const window = { ranges, slots: this.slots };
    for (const table of this.tables)
      await addActualRows(this.deps, table, this.options.stream, window, unexplained[table.kind]);
    this.blameUnexplained('silver_unexplained', unexplained.silver);
    this.blameUnexplained('quarantine_unexplained', unexplained.quarantine);
    for (const slots of [...this.slots.values()].flat()) {
      const isWrong = judgeSlots(slots, this.findings, this.options.createPipeline === null);
      for (let slot = 0; slot < slots.count; slot++) {
        this.book.add(slots, slot);
        if (isWrong[slot] === 1) this.book.blame(slots.partition, slots.hours[slot]);
      }
    }
    for (const [partition, { to }] of ranges) this.compared.set(partition, to);
    this.slots = new Map();
    this.waiting = 0;
  }

  /** No record lies within a run, so that all of it has one hour. */
  private blameUnexplained(kind: FindingKind, positions: PositionRuns): void {
    for (const [partition, { from, to }] of positions) {
      const lookup = new SlotLookup(this.slots.get(partition) ?? []);
      lookup.find(from);
      this.blame(kind, partition, lookup.nearestHour(), from, to - 1n);
    }
  }

  async finish(): Promise<Omit<ReconcileResult, 'streamCompared' | 'expiredBefore'>> {
    for (const [partition, { to }] of this.options.signal.aborted ? [] : this.ranges) {
      const next = this.next.get(partition) ?? to;
      if (this.isContiguous && next < to)
        this.blame('bronze_hole', partition, this.lastHour.get(partition) ?? null, next, to - 1n);
      this.next.set(partition, to);
    }
    await this.compare();
    const { list, positions } = this.findings;
    const isWhole = !this.options.signal.aborted;
    return {
      ok: isWhole && list.length === 0,
      records: this.records,
      hours: this.book.totals(),
      findings: list,
      positions,
    };
  }

  private blame(kind: FindingKind, partition: string, hour: number | null, from: bigint, to: bigint): void {
    this.findings.add({ kind, partition, hour: hour === null ? null : hourText(hour), from, to });
    if (hour !== null) this.book.blame(partition, hour);
  }
}

/** Publishes nothing: what is written goes to `add`. */
function sinkOf<T>(name: string, add: (value: T, context: BatchContext) => void): CommitSink<T> {
  return {
    name,
    assigned: async () => new Map(),
    write: add,
    buffered: () => ({ rows: 0, bytes: 0 }),
    commit: async () => {},
    discard: () => {},
  };
}
