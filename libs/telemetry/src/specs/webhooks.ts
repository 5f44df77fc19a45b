import type { MetricSpec } from '../metric-spec.js';

export const WEBHOOK_METRICS = {
  webhookSignalsSent: {
    name: 'gondola_webhook_signals_sent_total',
    kind: 'counter',
    unit: 'signals',
    help: 'Signals that receivers of webhooks took',
    labels: ['subscription'],
    services: ['api'],
  },
  webhookRequestsFailed: {
    name: 'gondola_webhook_requests_failed_total',
    kind: 'counter',
    unit: 'requests',
    help: 'Requests to receivers of webhooks that they did not take, by why',
    labels: ['subscription', 'failure'],
    services: ['api'],
  },
  webhookDeadLetters: {
    name: 'gondola_webhook_dead_letters_total',
    kind: 'counter',
    unit: 'signals',
    help: 'Signals that were given up: they are in the lake, and `gondola webhooks resend` sends them again',
    labels: ['subscription', 'reason'],
    services: ['api'],
  },
  webhookOldestAge: {
    name: 'gondola_webhook_oldest_age_seconds',
    kind: 'gauge',
    unit: 'seconds',
    help: 'Age of the oldest signal that waits for a receiver, 0 where none waits; of the instance that sends alone',
    labels: ['subscription'],
    services: ['api'],
  },
} as const satisfies Record<string, MetricSpec>;
