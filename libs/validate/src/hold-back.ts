import type { ContractExpectation, ContractLookup } from '@gondola/contract';
import { FAILS, type EventBatch } from '@gondola/events';
import type { RecordBatch, Rejection, StageResult } from '@gondola/stream';
import { withoutRecords } from './dedupe.stage.js';
import { checkOf } from './expectation-check.js';

export type HoldBack = (
  result: StageResult<readonly EventBatch[]>,
  records: RecordBatch,
) => StageResult<readonly EventBatch[]>;

/**
 * Quarantines records that are not as an expectation with `action: quarantine` wants them, before dedupe and with the rest
 * of validation, so that the door, ingest, detection and whoever judges bronze again all say the same.
 */
export function createHoldBack(registry: Pick<ContractLookup, 'contractOf'>, environment: string): HoldBack {
  const quarantining = (subject: string) =>
    (registry.contractOf(subject)?.expectationsIn(environment) ?? []).filter(
      ({ action }) => action === 'quarantine',
    );
  return ({ value, rejected }, records) => {
    const held: Rejection[] = [];
    const kept = value.flatMap((batch) => {
      const expectations = quarantining(batch.subject);
      if (expectations.length === 0) return [batch];
      const found = heldIn(batch, records, expectations);
      held.push(...found.values());
      return found.size === 0 ? [batch] : withoutRecords(batch, new Set(found.keys()));
    });
    if (held.length === 0) return { value, rejected };
    return { value: kept, rejected: [...rejected, ...held].sort((left, right) => left.index - right.index) };
  };
}

/** Index of a record -> why it is held back: the first expectation and its first row that say so. */
function heldIn(
  batch: EventBatch,
  records: RecordBatch,
  expectations: readonly ContractExpectation[],
): Map<number, Rejection> {
  const { recordIndex } = batch;
  const held = new Map<number, Rejection>();
  for (const expectation of expectations) {
    const verdict = new Uint8Array(batch.table.rows);
    checkOf(expectation)?.(batch, records, verdict);
    for (let row = verdict.indexOf(FAILS); row >= 0; row = verdict.indexOf(FAILS, row + 1)) {
      const index = recordIndex[row];
      if (!held.has(index)) held.set(index, rejectionOf(batch, row, expectation));
    }
  }
  return held;
}

function rejectionOf(
  batch: EventBatch,
  row: number,
  { name, kind, pointer }: ContractExpectation,
): Rejection {
  const { recordIndex, eventTimeMs, schemaVersion, subject } = batch;
  const index = recordIndex[row];
  let entry = 0;
  while (entry < row && recordIndex[row - entry - 1] === index) entry++;
  return {
    kind: 'quarantine',
    index,
    stage: 'validate',
    reason: 'expectation_failed',
    pointer: pointer.replace('*', String(entry)),
    message: `${name}: ${kind === 'range' ? 'is outside the range that is expected' : 'is expected to be given'}`,
    subject,
    schemaVersion: schemaVersion[row],
    expectation: { name, eventTimeMs: eventTimeMs[row] },
  };
}
