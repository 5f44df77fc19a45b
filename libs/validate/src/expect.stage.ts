import type { Contract, ContractExpectation } from '@gondola/contract';
import type { IdentityColumns, JudgedBatch, EventBatch, TellIdentity, Verdict } from '@gondola/events';
import type { Checkpoint, RecordBatch, Stage, StageResult } from '@gondola/stream';
import { checkOf } from './expectation-check.js';
import { ReferenceKeys, type ReadKeys } from './reference-keys.js';
import { UniqueRows } from './unique-rows.js';

export interface ExpectOptions {
  readonly contracts: readonly Contract[];
  readonly environment: string;
  /**
   * Tells what silver has of a subject below each partition's start, back to so long before its newest event: what was
   * told apart before a restart.
   */
  readonly remember: (
    subject: string,
    identity: IdentityColumns,
    windowMs: number,
    starts: Checkpoint,
    tell: TellIdentity,
  ) => Promise<void>;
  /** The keys of a subject that another one refers to. */
  readonly readKeys: ReadKeys;
}

/** What a subject's rows are held against, in the order of its expectations. */
type Judge = (batch: EventBatch, records: RecordBatch) => Verdict;

/**
 * Holds events against what their contracts expect in this environment and hands all of them on with the verdicts. After
 * dedupe, so that what came twice counts once (what was held back before it counts each time). Throws `contract_invalid` for a
 * reference to a subject that cannot be looked up.
 */
export function createExpectStage(
  options: ExpectOptions,
): Stage<readonly EventBatch[], readonly JudgedBatch[]> {
  const { contracts, environment, remember } = options;
  const references = new ReferenceKeys(contracts, options.readKeys);
  const unique: UniqueRows[] = [];
  const judges = new Map(
    contracts.map((contract) => [
      contract.subject,
      contract.expectationsIn(environment).map((expectation) => judgeOf(contract, expectation)),
    ]),
  );
  let last: { readonly records: RecordBatch; readonly value: readonly JudgedBatch[] } | null = null;

  function judgeOf(contract: Contract, expectation: ContractExpectation): Judge {
    const { test, perRow } = expectation;
    const check = checkOf(expectation);
    if (check) return withRows(perRow, check);
    if (test.kind === 'reference')
      return withRows(perRow, references.checkOf(contract, expectation.name, test));
    if (test.kind !== 'uniqueness' || test.identity === null) return () => ({ rows: null, perRow });
    const rows = new UniqueRows(contract.subject, test.identity, test.windowMs);
    unique.push(rows);
    return withRows(perRow, (batch, { partition }, verdict) => rows.check(batch, partition, verdict));
  }

  function judge(batches: readonly EventBatch[], records: RecordBatch): StageResult<readonly JudgedBatch[]> {
    // The runner repeats a batch when a later stage failed: by then everything in it has been seen once.
    if (last?.records !== records) {
      for (const batch of batches) references.learn(batch);
      const value = batches.map((batch) => ({
        ...batch,
        verdicts: (judges.get(batch.subject) ?? []).map((of) => of(batch, records)),
      }));
      last = { records, value };
    }
    return { value: last.value, rejected: [] };
  }

  return {
    name: 'expect',
    run(batches, { records, nowMs }) {
      const reading = references.refresh(nowMs);
      return reading ? reading.then(() => judge(batches, records)) : judge(batches, records);
    },
    async assigned(starts) {
      last = null;
      await references.read();
      for (const rows of unique) {
        const { subject, identity, windowMs } = rows;
        const tell = rows.assigned(starts.keys());
        await remember(subject, identity, windowMs, starts, tell);
      }
    },
  };
}

function withRows(
  perRow: boolean,
  check: (batch: EventBatch, records: RecordBatch, verdict: Uint8Array) => void,
): Judge {
  return (batch, records) => {
    const rows = new Uint8Array(batch.table.rows);
    check(batch, records, rows);
    return { rows, perRow };
  };
}
