import { level, perMinute, type Alert } from './alert.js';

/** A receiver that is away for a moment is nothing: signals wait for it. */
export const WEBHOOK_ALERTS: readonly Alert[] = [
  {
    name: 'WebhooksFailing',
    ...{ team: 'platform', severity: 'warning', cause: 'line' },
    expr: ({ limits, minutes }) =>
      `max by (subscription) (gondola_webhook_oldest_age_seconds) > ${60 * limits.webhookAgeMinutes}\n` +
      `or sum by (subscription) (increase(gondola_webhook_dead_letters_total[${minutes(10)}])) > 0`,
    forMinutes: () => 2,
    summary: {
      en: 'The receiver of {{ $labels.subscription }} does not take signals: they wait for long, or were given up',
      es: 'El receptor de {{ $labels.subscription }} no toma señales: esperan hace mucho, o se dieron por perdidas',
    },
    action: {
      en: 'See by which failure requests fail, mend it with the owner of the receiver, then npx gondola webhooks resend',
      es: 'Vea con qué fallo terminan los pedidos, repárelo con el dueño del receptor y luego npx gondola webhooks resend',
    },
    proof: ({ webhookAgeMinutes }) => ({
      series: [
        level(
          'gondola_webhook_oldest_age_seconds{subscription="tasks"}',
          61 * webhookAgeMinutes,
          60 * webhookAgeMinutes,
          0,
        ),
        perMinute('gondola_webhook_dead_letters_total{subscription="tasks", reason="refused"}', 1, 0, 0),
      ],
      labels: { subscription: 'tasks' },
      ...{ shown: '', lookBackMinutes: 10 },
    }),
  },
];
