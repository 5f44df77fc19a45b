import type { Signal } from './signal.js';

/** What a signal is called as a CloudEvent, on the stream and in webhooks: the subject of its contract. */
export const SIGNAL_EVENT_TYPE = 'retail.stockout.signal';

/** Attributes of CloudEvents 1.0 that all signals have, whatever carries them. `source` and `id` together are of one signal alone. */
export interface SignalAttributes {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
}

export function signalAttributes(signal: Signal): SignalAttributes {
  return {
    specversion: '1.0',
    id: signal.signalId,
    type: SIGNAL_EVENT_TYPE,
    source: `/gondola/${signal.environment}`,
    subject: `${encodeURIComponent(signal.storeId)}/${encodeURIComponent(signal.itemId)}`,
    time: new Date(signal.atMs).toISOString(),
  };
}
