import type { Environment } from '../rules/limits.js';
import type { Team } from '../rules/alert.js';

/** Where each team is told. Addresses at example.org are to be replaced by yours, here or in the files made from it. */
interface Addresses {
  readonly email: string;
  /** Channel of Slack; null: the team reads Microsoft Teams. */
  readonly slack: string | null;
}
const ADDRESSES: Readonly<Record<Team, Addresses>> = {
  'store-operations': { email: 'store-operations@example.org', slack: null },
  data: { email: 'data@example.org', slack: '#data-alerts' },
  platform: { email: 'platform@example.org', slack: '#platform-alerts' },
};
export const TEAMS = Object.keys(ADDRESSES) as readonly Team[];

/** Secrets are files that Alertmanager reads: none stands in its configuration. */
const secret = (name: string) => `/etc/alertmanager/secrets/${name}`;
const bearer = (name: string) => ({
  authorization: { type: 'Bearer', credentials_file: secret(name) },
});

export const global = {
  smtp_smarthost: 'smtp.example.org:587',
  smtp_from: 'gondola@example.org',
  smtp_auth_username: 'gondola@example.org',
  smtp_auth_password_file: secret('smtp-password'),
  slack_api_url_file: secret('slack-url'),
};

const title = '{{ .CommonLabels.environment }}: {{ (index .Alerts 0).Annotations.summary_en }}';
const each = (line: string) => `{{ range .Alerts }}${line}\n{{ end }}`;
const text = each(
  '[{{ .Status }}] {{ .Annotations.summary_en }} — {{ .Annotations.action_en }}\n' +
    '{{ with .Annotations.more_en }}{{ . }}\n{{ end }}' +
    '{{ .Annotations.summary_es }} — {{ .Annotations.action_es }}\n' +
    '{{ with .Annotations.more_es }}{{ . }}\n{{ end }}{{ .Annotations.runbook_url }}',
);

const emailOf = (to: string) => ({
  to,
  send_resolved: true,
  headers: { Subject: `[Góndola {{ .Status }}] ${title}` },
  html: '',
  text,
});

const slackOf = (channel: string) => ({
  channel,
  send_resolved: true,
  title: `[{{ .Status }}] ${title}`,
  title_link: '{{ (index .Alerts 0).Annotations.runbook_url }}',
  text,
});

/** Of a door that takes what Alertmanager sends; it shows who it is by a token. */
const webhookOf = (url: string, token: string) => ({ url, send_resolved: true, http_config: bearer(token) });

/** `npx gondola teams-relay`: Alertmanager 0.25 has no receiver for Microsoft Teams. */
const TEAMS_RELAY = 'http://127.0.0.1:9095/alerts';
const WEBHOOK = 'https://hooks.example.org/gondola/alerts';

export function receiversOf(environment: Environment): readonly object[] {
  const everybody = { name: 'webhook', webhook_configs: [webhookOf(WEBHOOK, 'webhook-token')] };
  if (environment === 'dev') return [everybody];
  const teams = TEAMS.map((team) => {
    const { email, slack } = ADDRESSES[team];
    const chat =
      slack === null
        ? { webhook_configs: [webhookOf(TEAMS_RELAY, 'teams-relay-token')] }
        : { slack_configs: [slackOf(slack)] };
    return { name: team, email_configs: [emailOf(email)], ...chat };
  });
  const pagers = TEAMS.map((team) => ({
    name: pagerOf(team),
    pagerduty_configs: [
      {
        routing_key_file: secret(`pagerduty-${team}`),
        send_resolved: true,
        description: title,
        details: {
          action_en: each('{{ .Annotations.action_en }}'),
          action_es: each('{{ .Annotations.action_es }}'),
          runbook: '{{ (index .Alerts 0).Annotations.runbook_url }}',
        },
      },
    ],
  }));
  const nobody = { name: 'nobody' };
  return environment === 'prod' ? [everybody, nobody, ...teams, ...pagers] : [everybody, nobody, ...teams];
}

export const pagerOf = (team: Team): string => `${team}-pager`;
