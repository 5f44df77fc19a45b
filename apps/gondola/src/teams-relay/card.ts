import { z } from 'zod';

/** What Alertmanager's webhooks send (version 4), as far as it is shown. */
export const messageSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  truncatedAlerts: z.number().default(0),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()),
      }),
    )
    .min(1),
});
type Message = z.output<typeof messageSchema>;

/** Teams refuses cards of more than 28 KB. */
const ALERTS_MAX = 10;

/** A message of a Teams workflow ("when a Teams webhook request is received") with one adaptive card. */
export function cardOf({ status, alerts, truncatedAlerts }: Message, lang: 'en' | 'es'): object {
  const [{ labels, annotations }] = alerts;
  const words = WORDS[lang];
  const title = `${words[status]} · ${labels['environment'] ?? ''} · ${labels['alertname'] ?? ''}`;
  const more = truncatedAlerts + Math.max(0, alerts.length - ALERTS_MAX);
  const body = [
    { ...text(title), weight: 'Bolder', color: status === 'firing' ? 'Attention' : 'Good' },
    ...alerts
      .slice(0, ALERTS_MAX)
      .flatMap((alert) => [
        text(
          `${words[alert.status]}: ${alert.annotations[`summary_${lang}`] ?? alert.labels['alertname'] ?? ''}`,
        ),
        ...[alert.annotations[`action_${lang}`] ?? '', alert.annotations[`more_${lang}`] ?? '']
          .filter((line, at) => at === 0 || line !== '')
          .map((line) => ({ ...text(line), isSubtle: true, spacing: 'None' })),
      ]),
    ...(more > 0 ? [text(`+ ${more}`)] : []),
  ];
  const runbook = annotations['runbook_url'];
  const actions =
    runbook === undefined ? [] : [{ type: 'Action.OpenUrl', title: words.runbook, url: runbook }];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    ...{ type: 'AdaptiveCard', version: '1.4', body, actions },
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

const WORDS = {
  en: { firing: 'Alert', resolved: 'Over', runbook: 'Runbook' },
  es: { firing: 'Alerta', resolved: 'Terminó', runbook: 'Qué hacer' },
} as const;

const text = (line: string) => ({ type: 'TextBlock', text: line, wrap: true });
