import {
  FAILS,
  hourOf,
  NOT_JUDGED,
  QUALITY_COLUMNS,
  QUALITY_SUMS,
  qualityTable,
  type Expectation,
  type JudgedBatch,
  type QualityCount,
  type Verdict,
} from '@gondola/events';
import { indexFrom, type BatchContext, type CommitSink, type Rejection } from '@gondola/stream';
import { TableWriter, type LakeDeps } from './table-writer.js';

export interface QualitySinkOptions {
  readonly stream: string;
  /** Subject -> what is expected of it, in the order of the verdicts. */
  readonly expectations: ReadonlyMap<string, readonly Expectation[]>;
  /** Partitions are ours now: what is counted from here on counts anew. */
  readonly onAssigned: () => void;
  /** Told what the table has now. */
  readonly onCommitted: (counts: readonly QualityCount[]) => void;
}

const PATH = 'quality';
const ROW_BYTES_ABOUT = 100;
const HOUR_MS = 3_600_000;

/**
 * Counts how often events were as expected, by subject and hour of event time. The counts of a flush are committed
 * together with the positions up to which they reach, as rows of their own: nothing is ever changed or counted twice, and
 * whoever adds the rows of an hour up has its counts. Commits only when there are any: the position has no say on
 * where to start (see decisions/0002).
 */
export function createQualitySink(
  deps: LakeDeps,
  { stream, expectations, onAssigned, onCommitted }: QualitySinkOptions,
): CommitSink<readonly JudgedBatch[]> {
  const writer = new TableWriter(deps, {
    path: PATH,
    columns: QUALITY_COLUMNS,
    dateColumn: 'event_date',
    sums: QUALITY_SUMS,
    stream,
  });
  let open = new HourCounts(expectations);
  /** In the writer's buffer, not yet in the table. */
  let closed: readonly QualityCount[] = [];
  const discard = () => {
    writer.discard();
    open = new HourCounts(expectations);
    closed = [];
  };
  return {
    name: PATH,
    assigned: async (partitions) => {
      await writer.assigned(partitions);
      discard();
      onAssigned();
      return new Map();
    },
    write: (batches, { records, rejected }: BatchContext) => {
      const start = indexFrom(records, writer.position(records.partition) ?? 0n);
      if (start === records.count) return;
      for (const batch of batches) open.addBatch(batch, start);
      for (const rejection of rejected) if (rejection.index >= start) open.addRejection(rejection);
    },
    buffered: () => {
      const rows = open.rows + closed.length;
      return { rows, bytes: rows * ROW_BYTES_ABOUT, days: open.days };
    },
    commit: async (upTo) => {
      const counts = open.counts(stream);
      writer.add(qualityTable(counts), counts.length * ROW_BYTES_ABOUT);
      closed = [...closed, ...counts];
      open = new HourCounts(expectations);
      if (closed.length === 0) return;
      await writer.commit(upTo);
      onCommitted(closed);
      closed = [];
    },
    published: () => writer.published(),
    discard,
  };
}

/** Checked and failed, one pair for each expectation of a subject. */
type Pairs = Float64Array;

class HourCounts {
  private readonly subjects = new Map<string, Map<number, Pairs>>();
  private readonly dates = new Set<number>();
  rows = 0;

  constructor(private readonly expectations: ReadonlyMap<string, readonly Expectation[]>) {}

  get days(): number {
    return this.dates.size;
  }

  /** Rows of records from `start` on. */
  addBatch({ subject, verdicts, recordIndex, eventTimeMs }: JudgedBatch, start: number): void {
    if (verdicts.length === 0) return;
    let from = 0;
    while (from < recordIndex.length && recordIndex[from] < start) from++;
    while (from < recordIndex.length) {
      const hourMs = hourOf(eventTimeMs[from]);
      let end = from + 1;
      while (end < recordIndex.length && eventTimeMs[end] >= hourMs && eventTimeMs[end] < hourMs + HOUR_MS)
        end++;
      const pairs = this.pairsOf(subject, hourMs);
      for (let index = 0; index < verdicts.length; index++)
        addRows(pairs, 2 * index, verdicts[index], recordIndex, from, end);
      from = end;
    }
  }

  /** Records that no batch has any more: what an expectation keeps out of silver, and duplicates. */
  addRejection(rejection: Rejection): void {
    const { subject } = rejection;
    const expectations = (subject !== null && this.expectations.get(subject)) || [];
    expectations.forEach((expectation, index) => {
      const timeMs = failedAt(rejection, expectation);
      if (timeMs === null || subject === null) return;
      const pairs = this.pairsOf(subject, hourOf(timeMs));
      pairs[2 * index]++;
      pairs[2 * index + 1]++;
    });
  }

  counts(stream: string): readonly QualityCount[] {
    const all = [...this.subjects].flatMap(([subject, hours]) =>
      [...hours].flatMap(([hourMs, pairs]) =>
        (this.expectations.get(subject) ?? []).map((expectation, index) => ({
          hourMs,
          stream,
          subject,
          expectation,
          checked: pairs[2 * index],
          failed: pairs[2 * index + 1],
        })),
      ),
    );
    return all.filter(({ checked }) => checked > 0);
  }

  private pairsOf(subject: string, hourMs: number): Pairs {
    let hours = this.subjects.get(subject);
    if (!hours) this.subjects.set(subject, (hours = new Map<number, Pairs>()));
    const known = hours.get(hourMs);
    if (known) return known;
    const expectations = this.expectations.get(subject)?.length ?? 0;
    const pairs = new Float64Array(2 * expectations);
    hours.set(hourMs, pairs);
    this.rows += expectations;
    this.dates.add(Math.floor(hourMs / (24 * HOUR_MS)));
    return pairs;
  }
}

/** Adds the rows `[from, end)` to the pair that begins at `at`. */
function addRows(
  pairs: Pairs,
  at: number,
  { rows, perRow }: Verdict,
  recordIndex: Int32Array,
  from: number,
  end: number,
): void {
  let [checked, failed] = [0, 0];
  for (let row = from; row < end; row++) {
    if (!perRow && row > 0 && recordIndex[row] === recordIndex[row - 1]) continue;
    const verdict = rows === null ? 0 : rows[row];
    if (verdict !== NOT_JUDGED) checked++;
    if (verdict === FAILS) failed++;
  }
  pairs[at] += checked;
  pairs[at + 1] += failed;
}

/** When the event of a rejected record happened, if the record failed this expectation; else null. */
function failedAt(rejection: Rejection, { name, countsDuplicates }: Expectation): number | null {
  if (rejection.kind === 'drop') return countsDuplicates ? rejection.eventTimeMs : null;
  return rejection.expectation?.name === name ? rejection.expectation.eventTimeMs : null;
}
