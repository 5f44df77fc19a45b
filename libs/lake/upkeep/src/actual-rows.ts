import { readSnapshot, type AddFile } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import { columnSpec, selectRows, type ColumnSpec } from '@gondola/stream';
import { readTables } from './data-file.js';
import { expiredBefore, isExpired } from './expiry.js';
import type { FindingKind, Findings } from './findings.js';
import { hourText } from './hour-totals.js';
import { dateOf, listTables, shapeOf } from './lake-table.js';
import type { PositionRanges } from './position-range.js';
import type { PositionRuns } from './position-runs.js';
import { SlotLookup, type RecordSlots } from './record-slots.js';
import { hashRows } from './row-hash.js';
import { mayComeFrom, SOURCE_COLUMNS, visitSources } from './source-rows.js';
import type { UpkeepDeps } from './upkeep-deps.js';

/** What a contract's table holds of an event. */
export interface SubjectColumns {
  readonly subject: string;
  readonly columns: readonly ColumnSpec[];
}

/** A table that holds answers, at one version. */
export interface AnswerTable {
  readonly kind: 'silver' | 'quarantine';
  /** Goes into the rows' hashes: a row in another subject's table is another row. */
  readonly name: string;
  readonly path: string;
  readonly files: readonly AddFile[];
  /** Rows of before that date are gone on purpose, and those that are not are not looked at either; null: of none. */
  readonly expiredBefore: string | null;
  /** Compared by checksum. */
  readonly columns: readonly ColumnSpec[];
}

export const QUARANTINE_COMPARED: readonly ColumnSpec[] = [
  columnSpec('stage', 'string'),
  columnSpec('reason', 'string'),
  columnSpec('pointer', 'string'),
];

/** Silver's tables, of subjects without a contract too, and quarantine. With `quick`, no columns are compared. */
export async function openAnswerTables(
  { store, environment }: UpkeepDeps,
  subjects: readonly SubjectColumns[],
  { quick, withExpired }: { quick: boolean; withExpired: boolean },
): Promise<readonly AnswerTable[]> {
  const tables: AnswerTable[] = [];
  const silver = `${environment}/silver`;
  for (const path of [...(await listTables(store, silver)), `${environment}/quarantine`]) {
    const snapshot = await readSnapshot(store, path, readCheckpoint);
    if (!snapshot) continue;
    const before = withExpired ? null : expiredBefore(snapshot);
    const dateColumn = shapeOf(path, snapshot).dateColumn;
    const files = snapshot.files.filter((file) => !isExpired(dateOf(file, dateColumn), before));
    const isSilver = path.startsWith(`${silver}/`);
    const name = isSilver ? path.slice(silver.length + 1) : 'quarantine';
    const contract = subjects.find(({ subject }) => subject === name);
    const own = isSilver ? (contract?.columns ?? shapeOf(path, snapshot).columns) : QUARANTINE_COMPARED;
    const kind = isSilver ? 'silver' : 'quarantine';
    tables.push({ kind, name, path, files, expiredBefore: before, columns: quick ? [] : own });
  }
  return tables;
}

/** Adds the rows that a table holds of these positions to the slots of their records, and the positions of those without one to `unexplained`. */
export async function addActualRows(
  deps: UpkeepDeps,
  table: AnswerTable,
  stream: string,
  window: { readonly ranges: PositionRanges; readonly slots: ReadonlyMap<string, readonly RecordSlots[]> },
  unexplained: PositionRuns,
): Promise<void> {
  const { ranges } = window;
  const lookups = new Map(
    [...window.slots].map(([partition, batches]) => [partition, new SlotLookup(batches)]),
  );
  const columns = [...SOURCE_COLUMNS, ...table.columns];
  for (const file of table.files.filter((one) => mayComeFrom(one, ranges))) {
    deps.progress(`${table.path}: comparing ${file.path}`);
    for await (const rows of readTables(deps, table.path, file, columns)) {
      const found: { row: number; slots: RecordSlots; slot: number }[] = [];
      visitSources(rows, stream, ranges, (row, partition, position) => {
        const lookup = lookups.get(partition);
        const place = lookup?.find(position);
        if (place) found.push({ row, ...place });
        else unexplained.add(partition, position);
      });
      if (found.length === 0) continue;
      const selected = selectRows(
        rows,
        Int32Array.from(found, ({ row }) => row),
      );
      const halves = hashRows(table.name, found.length, selected.columns.slice(SOURCE_COLUMNS.length));
      found.forEach(({ slots, slot }, index) => slots.actual[table.kind].add(slot, halves, index));
    }
  }
}

/** Compares each record's rows with what they should be. */
export function judgeSlots(slots: RecordSlots, findings: Findings, isQuick: boolean): Uint8Array {
  const isWrong = new Uint8Array(slots.count);
  for (let slot = 0; slot < slots.count; slot++) {
    const kinds = isQuick ? quickFaults(slots, slot) : faults(slots, slot);
    for (const kind of kinds) {
      const position = slots.positions[slot];
      const hour = hourText(slots.hours[slot]);
      findings.add({ kind, partition: slots.partition, hour, from: position, to: position });
      isWrong[slot] = 1;
    }
  }
  return isWrong;
}

function faults({ expected, actual }: RecordSlots, slot: number): FindingKind[] {
  return (['silver', 'quarantine'] as const).flatMap((kind): FindingKind[] => {
    if (actual[kind].isEqual(slot, expected[kind])) return [];
    const [found, wanted] = [actual[kind].rows[slot], expected[kind].rows[slot]];
    if (found === wanted) return [`${kind}_differs`];
    return [found < wanted ? `${kind}_missing` : `${kind}_unexplained`];
  });
}

/** A record ends in one table, and in quarantine with one row. One that is nowhere may be a duplicate, or lost. */
function quickFaults({ actual }: RecordSlots, slot: number): FindingKind[] {
  const [silver, quarantine] = [actual.silver.rows[slot], actual.quarantine.rows[slot]];
  return quarantine > 1 || (quarantine > 0 && silver > 0) ? ['quarantine_unexplained'] : [];
}
