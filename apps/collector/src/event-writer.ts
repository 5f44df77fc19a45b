import type { ContractLookup } from '@gondola/contract';
import type { RecordSink } from '@gondola/stream';
import type { Refused, TakenEvent } from './cloud-event.js';
import { createJudgeEvents } from './judge-events.js';

export interface EventWriterDeps {
  readonly registry: ContractLookup;
  readonly sink: RecordSink;
  readonly environment: string;
  readonly futureMsMax: number;
}

interface OutgoingEvent {
  readonly subject: string;
  /** Of whoever sends it, as CloudEvents have it. */
  readonly source: string;
  readonly eventId: string;
  readonly data: object;
}

/** Null: the stream has it. Else why it is refused. Errors: those of the sink; then the same event may be sent again. */
export type WriteEvent = (event: OutgoingEvent, nowMs: number) => Promise<Refused | null>;

/** For services that send events of their own: judged and written as the collector does it with those of producers. */
export function createEventWriter({ sink, ...options }: EventWriterDeps): WriteEvent {
  const judge = createJudgeEvents(options);
  return async ({ subject, source, eventId, data }, nowMs) => {
    const headers = [
      ['ce_specversion', '1.0'],
      ['ce_type', subject],
      ['ce_source', source],
      ['ce_id', eventId],
      ['content-type', 'application/json'],
    ].map(([key, value]) => ({ key, value: Buffer.from(value) }));
    const event: TakenEvent = { value: Buffer.from(JSON.stringify(data)), headers };
    const { results, records } = judge([event], (sent) => sent === subject, nowMs);
    const [result] = results;
    if (result.status !== 'accepted') {
      const { reason, pointer, message } = result;
      return { reason, pointer, message };
    }
    await sink.append(records);
    return null;
  };
}
