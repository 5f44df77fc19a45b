import type { ContractLookup } from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import {
  columnOf,
  recordBatchOf,
  textsOf,
  type OutgoingRecord,
  type RecordBatch,
  type Stage,
  type StageResult,
} from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { isRefused, type Refused, type TakenEvent } from './cloud-event.js';

export type EventResult =
  | { readonly index: number; readonly status: 'accepted' }
  | ({ readonly index: number; readonly status: 'rejected' } & Refused);

export interface Judged {
  /** One for each event, in their order. */
  readonly results: readonly EventResult[];
  /** Those that were accepted, in their order. */
  readonly records: readonly OutgoingRecord[];
}

/**
 * Says of each event whether it is taken: by the stage by which ingest will judge it again, so that what was accepted
 * here is not quarantined there. `maySend` is asked for the subject of each that is valid.
 */
export type JudgeEvents = (
  events: readonly (TakenEvent | Refused)[],
  maySend: (subject: string) => boolean,
  nowMs: number,
) => Judged;

export interface JudgeOptions {
  readonly registry: ContractLookup;
  readonly futureMsMax: number;
}

const DENIED = {
  reason: 'subject_denied',
  pointer: '',
  message: 'this key may not send this subject',
} as const;

export function createJudgeEvents({ registry, futureMsMax }: JudgeOptions): JudgeEvents {
  const validate = createValidateStage({ registry, defaultSubject: null, futureMsMax });
  return (events, maySend, nowMs) => {
    const refused: (Refused | null)[] = events.map((event) => (isRefused(event) ? event : null));
    const taken = events.flatMap((event, index) => (isRefused(event) ? [] : [{ ...event, index }]));
    const records = taken.map(({ value, headers }) => ({ key: null, value, headers, timestampMs: nowMs }));
    const batch = recordBatchOf('door', '', 0n, records);
    const { value: batches, rejected } = runNow(validate, batch, nowMs);
    for (const rejection of rejected) {
      if (rejection.kind !== 'quarantine') continue;
      const { reason, pointer, message } = rejection;
      refused[taken[rejection.index].index] = { reason, pointer, message };
    }
    const keys: (string | null)[] = Array(taken.length).fill(null);
    for (const batch of batches) {
      if (maySend(batch.subject)) fillKeys(batch, registry, keys);
      else for (const record of batch.recordIndex) refused[taken[record].index] = DENIED;
    }
    return {
      results: refused.map((refusal, index) =>
        refusal ? { index, status: 'rejected', ...refusal } : { index, status: 'accepted' },
      ),
      records: records.flatMap((record, at) =>
        refused[taken[at].index] ? [] : [{ ...record, key: keyBytes(keys[at]) }],
      ),
    };
  };
}

/** The validate stage never waits for anything. */
function runNow(
  stage: Stage<RecordBatch, readonly EventBatch[]>,
  records: RecordBatch,
  nowMs: number,
): StageResult<readonly EventBatch[]> {
  const result = stage.run(records, { records, rejected: [], nowMs });
  if (result instanceof Promise) throw new Error('a stage that waits cannot judge at the door');
  return result;
}

/** What must stay in order, a store's events, has one key and hence one partition. */
function fillKeys(batch: EventBatch, registry: ContractLookup, keys: (string | null)[]): void {
  const { recordIndex, table, subject, eventId } = batch;
  const columns = (registry.contractOf(subject)?.keyColumns ?? []).map((name) =>
    textsOf(columnOf(table, name)),
  );
  // Of the rows of one record the first one counts.
  for (let row = recordIndex.length - 1; row >= 0; row--)
    keys[recordIndex[row]] = columns.find((texts) => texts[row])?.[row] ?? null;
  const ids = keys.includes(null) ? textsOf({ spec: EVENT_ID, values: eventId }) : [];
  for (let row = recordIndex.length - 1; row >= 0; row--) keys[recordIndex[row]] ??= ids[row];
}

const EVENT_ID = { name: 'event_id', type: { kind: 'string' }, nullable: false } as const;

const keyBytes = (key: string | null): Uint8Array | null => (key === null ? null : Buffer.from(key));
