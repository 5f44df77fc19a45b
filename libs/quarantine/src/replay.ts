import { createQuarantineReplay, type QuarantinedPlace, type UpkeepDeps } from '@gondola/lake-upkeep';
import { positionAt, type RecordBatch, type Rejection } from '@gondola/stream';
import { fits, type QuarantineFilter } from './filter.js';
import type { Judge, ReplayedRecords } from './judge.js';

/** Who fails so often will fail again: such rows are only taken when one says so. */
export const REPLAYS_MAX = 5;
/** Nothing that a mended contract changes: ingest takes up the one by itself, and the other is settled. */
const NOT_BY_DEFAULT: ReadonlySet<string> = new Set(['schema_pending', 'event_known']);

export interface ReplayOptions {
  readonly stream: string;
  readonly filter: QuarantineFilter;
  readonly dryRun: boolean;
  /** Takes rows that were judged again `REPLAYS_MAX` times too. */
  readonly force: boolean;
}

/** What became of rows that had one reason. */
export interface ReplayOutcome {
  rows: number;
  passed: number;
  /** Reason -> rows that are still refused. */
  readonly refused: Record<string, number>;
}
type Outcomes = Map<string, ReplayOutcome>;

export interface ReplayResult {
  /** Judged again. */
  readonly records: number;
  /** Of them; they are in silver now, or would be. */
  readonly passed: number;
  /** Rows that failed too often. */
  readonly leftAlone: number;
  /** By the reason that they had. */
  readonly reasons: Readonly<Record<string, ReplayOutcome>>;
}

/**
 * Judges rows of quarantine again, as the contracts are now: what passes goes to silver, and to the validated stream where the
 * judge has one; what does not stays with one replay more. Told to stop, it ends after a step. A kill anywhere leaves nothing that the next run does not put right (see `QuarantineReplay`).
 */
export async function replay(
  deps: UpkeepDeps,
  judge: Judge,
  options: ReplayOptions,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (records: number) => void },
): Promise<ReplayResult> {
  const { stream, dryRun } = options;
  const rows = new ChosenRows(options);
  const outcomes: Outcomes = new Map();
  let step: Outcomes = new Map();
  let found: ReplayedRecords['found'] = new Map();
  // Of a dry run, silver has nothing: events that come twice in quarantine would pass twice.
  const earlier = dryRun ? new Map<string, Set<bigint>>() : null;
  const steps = createQuarantineReplay(deps, {
    choice: { stream, partitions: null, reasons: null, isChosen: (row) => rows.take(row) },
    subjects: judge.subjects.map(({ subject }) => subject),
    judgesAgain: true,
    dryRun,
    createPipeline: (staging, batches) => {
      step = new Map();
      const replaysOf = (partition: string, position: bigint) =>
        (rows.at(partition, position)?.replays ?? 0) + 1;
      const pipeline = judge.replay(staging, { batches, replaysOf, found, earlier });
      return {
        ...pipeline,
        process: async (records, nowMs) => {
          const rejected = await pipeline.process(records, nowMs);
          tally(step, rows, records, rejected);
          return rejected;
        },
      };
    },
  });
  let records = 0;
  while (!signal.aborted) {
    const done = await steps.next();
    if (!done) break;
    records += done.records;
    found = new Map();
    addAll(outcomes, step);
    onProgress(records);
  }
  const passed = [...outcomes.values()].reduce((sum, outcome) => sum + outcome.passed, 0);
  return { records, passed, leftAlone: rows.tired, reasons: Object.fromEntries(outcomes) };
}

/** Rows that were chosen, as they were when first seen: what is refused again comes back as a new row of one replay more. */
export class ChosenRows {
  /** Rows that were passed over because they failed too often. */
  tired = 0;
  private readonly taken = new Map<string, Pick<QuarantinedPlace, 'reason' | 'replays'>>();
  private readonly passedOver = new Set<string>();

  constructor(private readonly options: Pick<ReplayOptions, 'filter' | 'force'>) {}

  take({ partition, position, reason, subject, ingestMs, replays }: QuarantinedPlace): boolean {
    const { filter, force } = this.options;
    const id = `${partition}/${position}`;
    // A step takes no more of a file than it can hold, and the file is read again for the rest.
    if (this.taken.has(id)) return true;
    if (!fits(filter, { reason, subject })) return false;
    if (filter.reasons === null && NOT_BY_DEFAULT.has(reason)) return false;
    if (ingestMs < filter.sinceMs || ingestMs >= filter.untilMs) return false;
    if (replays >= REPLAYS_MAX && !force) {
      this.passedOver.add(id);
      this.tired = this.passedOver.size;
      return false;
    }
    this.taken.set(id, { reason, replays });
    return true;
  }

  at(partition: string, position: bigint): Pick<QuarantinedPlace, 'reason' | 'replays'> | undefined {
    return this.taken.get(`${partition}/${position}`);
  }
}

function tally(
  outcomes: Outcomes,
  rows: ChosenRows,
  records: RecordBatch,
  rejected: readonly Rejection[],
): void {
  const reasons = new Map(rejected.map(({ index, reason }) => [index, reason]));
  for (let index = 0; index < records.count; index++) {
    const before = rows.at(records.partition, positionAt(records, index))?.reason ?? '';
    const outcome = outcomeIn(outcomes, before);
    outcome.rows++;
    const reason = reasons.get(index);
    if (reason === undefined) outcome.passed++;
    else outcome.refused[reason] = (outcome.refused[reason] ?? 0) + 1;
  }
}

function outcomeIn(outcomes: Outcomes, reason: string): ReplayOutcome {
  const known = outcomes.get(reason) ?? { rows: 0, passed: 0, refused: {} };
  outcomes.set(reason, known);
  return known;
}

function addAll(outcomes: Outcomes, step: Outcomes): void {
  for (const [before, { rows, passed, refused }] of step) {
    const sum = outcomeIn(outcomes, before);
    sum.rows += rows;
    sum.passed += passed;
    for (const [reason, count] of Object.entries(refused))
      sum.refused[reason] = (sum.refused[reason] ?? 0) + count;
  }
}
