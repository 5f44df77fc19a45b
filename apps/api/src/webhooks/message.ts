import { createHash } from 'node:crypto';
import { signalAttributes } from '@gondola/events';
import type { NamedSignal } from '../shelves/views.js';
import { post, type PostOutcome } from './post.js';
import type { AddressRules, Lookup } from './addresses.js';
import { signedHeaders } from './sign.js';
import type { Subscription } from './webhooks.config.js';

/** A signal as receivers get it: CloudEvents 1.0, JSON format. */
export interface SignalEvent {
  readonly id: string;
  readonly [attribute: string]: unknown;
}

export interface MessageTools {
  /** Of a subscription, the newest first. Errors: `config_invalid`. */
  readonly secretsOf: (subscription: Subscription) => readonly Uint8Array[];
  readonly rules: AddressRules;
  readonly lookup: Lookup;
  readonly nowMs: () => number;
}

export const eventOf = (signal: NamedSignal): SignalEvent => ({
  ...signalAttributes(signal),
  datacontenttype: 'application/json',
  data: signal,
});

/** One attempt. `events` is one, or up to `batchMax` where the subscription wants batches. */
export function send(
  subscription: Subscription,
  events: readonly SignalEvent[],
  { secretsOf, rules, lookup, nowMs }: MessageTools,
): Promise<PostOutcome> {
  const isBatch = subscription.format === 'batch';
  const [first] = events;
  const body = JSON.stringify(isBatch ? events : first);
  const messageId = isBatch ? batchIdOf(events) : first.id;
  const signing = { secrets: secretsOf(subscription), nowMs: nowMs() };
  return post({
    ...{ url: new URL(subscription.url), body, rules, lookup },
    ...{ deadlineMs: subscription.deadlineMs, nowMs: signing.nowMs },
    headers: {
      'content-type': `application/cloudevents${isBatch ? '-batch' : ''}+json; charset=utf-8`,
      'user-agent': 'gondola-webhooks',
      ...signedHeaders(messageId, body, signing),
    },
  });
}

/** The same for the same signals, whenever they are sent. */
function batchIdOf(events: readonly SignalEvent[]): string {
  const digest = createHash('sha256').update(JSON.stringify(events.map(({ id }) => id)));
  return `batch_${digest.digest('base64url')}`;
}
