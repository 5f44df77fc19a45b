import type { Signal } from './signal.js';

/** What a signal is called as a CloudEvent, on the stream and in webhooks: the subject of its contract. */
export const SIGNAL_EVENT_TYPE = 'retail.stockout.signal';

/** Attributes of CloudEvents 1.0 that all have, whatever carries them. `source` and `id` together are of one event alone. */
export interface EventAttributes {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
}

export interface EventFacts {
  readonly environment: string;
  readonly type: string;
  readonly id: string;
  /** Ids of what it is about, the larger first: store, item. */
  readonly about: readonly string[];
  readonly atMs: number;
}

/** Of what detection says. */
export function eventAttributes({ environment, type, id, about, atMs }: EventFacts): EventAttributes {
  return {
    ...{ specversion: '1.0', id, type, source: `/gondola/${environment}` },
    ...{ subject: about.map(encodeURIComponent).join('/'), time: new Date(atMs).toISOString() },
  };
}

export const signalAttributes = ({
  environment,
  signalId: id,
  storeId,
  itemId,
  atMs,
}: Signal): EventAttributes =>
  eventAttributes({ environment, type: SIGNAL_EVENT_TYPE, id, about: [storeId, itemId], atMs });
