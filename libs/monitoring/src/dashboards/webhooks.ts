import { ANY, NONE_AT_ALL, notAbove, type Row } from './dashboard.js';
import { of, sumRate } from './promql.js';

/** Signals that are posted to others. */
export const WEBHOOKS: Row = {
  title: 'Webhooks',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Signals sent to receivers', unit: 'suffix: per second', width: 6 },
      description: 'Signals that receivers of webhooks took.',
      thresholds: ANY,
      queries: [
        { expr: sumRate('subscription', 'gondola_webhook_signals_sent_total'), legend: '{{subscription}}' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Age of the oldest signal that waits', unit: 's', width: 6 },
      description: 'How long a receiver has not taken what it is to get; 0 where nothing waits.',
      ...{ thresholds: notAbove(300, 900), runbook: 'WebhooksFailing' },
      queries: [
        {
          expr: `max by (subscription) (${of('gondola_webhook_oldest_age_seconds')})`,
          legend: '{{subscription}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Requests that failed', unit: 'suffix: per second', width: 6 },
      description: 'Requests to receivers that they did not take, by why; each is tried again.',
      ...{ thresholds: notAbove(0.1, 1), runbook: 'WebhooksFailing' },
      queries: [
        {
          expr: sumRate('subscription, failure', 'gondola_webhook_requests_failed_total'),
          legend: '{{subscription}} {{failure}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Dead letters', unit: 'suffix: per second', width: 6 },
      description: 'Signals that were given up, by why: gondola webhooks resend sends them again.',
      ...{ thresholds: NONE_AT_ALL, runbook: 'WebhooksFailing' },
      queries: [
        {
          expr: sumRate('subscription, reason', 'gondola_webhook_dead_letters_total'),
          legend: '{{subscription}} {{reason}}',
        },
      ],
    },
  ],
};
