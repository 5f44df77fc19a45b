import type { Registry } from 'prom-client';
import { counterOf, gaugeOf } from './instruments.js';
import { WEBHOOK_METRICS } from './specs/webhooks.js';

export interface WebhookMetrics {
  sent(subscription: string, signals: number): void;
  /** A request. */
  failed(subscription: string, failure: string): void;
  /** A signal. */
  died(subscription: string, reason: string): void;
}

/** What a counter is for, at 0 from the start: `increase` and alerts need to see the step from 0 to 1. */
export interface WebhookLabels {
  readonly subscriptions: readonly string[];
  readonly failures: readonly string[];
  readonly reasons: readonly string[];
}

/** `oldestAgeMs` is asked at each scrape, and names nothing where another instance sends. */
export function createWebhookMetrics(
  registry: Registry,
  { subscriptions, failures, reasons }: WebhookLabels,
  oldestAgeMs: () => ReadonlyMap<string, number>,
): WebhookMetrics {
  const sent = counterOf(registry, WEBHOOK_METRICS.webhookSignalsSent);
  const failed = counterOf(registry, WEBHOOK_METRICS.webhookRequestsFailed);
  const died = counterOf(registry, WEBHOOK_METRICS.webhookDeadLetters);
  gaugeOf(registry, WEBHOOK_METRICS.webhookOldestAge, (gauge) => {
    gauge.reset();
    for (const [subscription, ageMs] of oldestAgeMs()) gauge.set({ subscription }, ageMs / 1_000);
  });
  for (const subscription of subscriptions) {
    sent.inc({ subscription }, 0);
    for (const failure of failures) failed.inc({ subscription, failure }, 0);
    for (const reason of reasons) died.inc({ subscription, reason }, 0);
  }
  return {
    sent: (subscription, signals) => sent.inc({ subscription }, signals),
    failed: (subscription, failure) => failed.inc({ subscription, failure }),
    died: (subscription, reason) => died.inc({ subscription, reason }),
  };
}
