import type { ContractLookup } from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import {
  columnOf,
  columnSpec,
  recordBatchOf,
  textsOf,
  type Header,
  type OutgoingRecord,
  type RecordBatch,
  type Stage,
  type StageResult,
} from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { isRefused, type Refused, type TakenEvent } from './cloud-event.js';

export type EventResult =
  | { readonly index: number; readonly status: 'accepted' }
  /** `quarantined`: refused, and in the stream, so that ingest can keep it and say why. */
  | ({ readonly index: number; readonly status: 'rejected' | 'quarantined' } & Refused);

interface Judged {
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
  readonly environment: string;
}

const DENIED = {
  reason: 'subject_denied',
  pointer: '',
  message: 'this key may not send this subject',
} as const;

export function createJudgeEvents({ registry, futureMsMax, environment }: JudgeOptions): JudgeEvents {
  const validate = createValidateStage({ registry, defaultSubject: null, futureMsMax, environment });
  return (events, maySend, nowMs) => {
    const refused: (Refused | null)[] = events.map((event) => (isRefused(event) ? event : null));
    // Record -> its event.
    const taken: number[] = [];
    const records: {
      key: Uint8Array | null;
      value: Uint8Array;
      headers: readonly Header[];
      timestampMs: number;
    }[] = [];
    events.forEach((event, index) => {
      if (isRefused(event)) return;
      taken.push(index);
      records.push({ key: null, value: event.value, headers: event.headers, timestampMs: nowMs });
    });
    const batch = recordBatchOf('door', '', 0n, records);
    const { value: batches, rejected } = runNow(validate, batch, nowMs);
    for (const rejection of rejected) {
      if (rejection.kind !== 'quarantine') continue;
      const { reason, pointer, message } = rejection;
      refused[taken[rejection.index]] = { reason, pointer, message };
    }
    for (const batch of batches) {
      if (maySend(batch.subject)) setKeys(batch, registry, records);
      else for (const record of batch.recordIndex) refused[taken[record]] = DENIED;
    }
    return {
      results: refused.map((refusal, index) =>
        refusal ? { index, status: 'rejected', ...refusal } : { index, status: 'accepted' },
      ),
      records: records.filter((_, at) => !refused[taken[at]]),
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
function setKeys(batch: EventBatch, registry: ContractLookup, records: { key: Uint8Array | null }[]): void {
  const { recordIndex, table, subject, eventId } = batch;
  const names = registry.contractOf(subject)?.keyColumns ?? [];
  const columns = [...names.map((name) => columnOf(table, name)), { spec: EVENT_ID, values: eventId }].map(
    textsOf,
  );
  // Of the rows of one record the first one counts.
  for (let row = recordIndex.length - 1; row >= 0; row--) {
    const key = columns.find((texts) => texts[row])?.[row];
    records[recordIndex[row]].key = key ? Buffer.from(key) : null;
  }
}

const EVENT_ID = columnSpec('event_id', 'string');
