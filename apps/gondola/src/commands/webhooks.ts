import {
  apiConfigSchema,
  DeadLetters,
  resendDeadLetters,
  webhookTools,
  type ApiConfig,
  type DeadLetter,
} from '@gondola/api';
import { readConfigFile } from '@gondola/config';
import { SetupError } from '@gondola/stream';
import { createLogger } from '@gondola/telemetry';
import { UsageError, type Command, type CommandContext, type Summary } from '../command.js';
import { openLake } from '../open-lake.js';
import { openWebhookSecrets } from '../webhook-secrets.js';

/** Letters that `list` shows one by one. */
const SHOWN_MAX = 100;

export const webhooks: Command = {
  summary: 'show signals that receivers of webhooks did not take, and send them again',
  usage: 'list|resend --config API.yaml [--subscription NAME] [--id SIGNAL]',
  options: {
    config: { type: 'string' },
    subscription: { type: 'string' },
    id: { type: 'string' },
  },
  run: async ({ positionals: [verb, ...others], values }, context) => {
    const { config: path, subscription: name, id } = values;
    if (others.length > 0 || (verb !== 'list' && verb !== 'resend'))
      throw new UsageError('webhooks takes list or resend');
    if (typeof path !== 'string') throw new UsageError('webhooks takes --config API.yaml, that of the api');
    const config = readConfigFile(path, apiConfigSchema);
    const chosen = config.webhooks.subscriptions.filter((one) => name === undefined || one.name === name);
    // The command was right and the file lacks something: usage would tell nobody what to do.
    if (name === undefined && chosen.length === 0)
      throw new SetupError('config_invalid', `${path}: webhooks.subscriptions: is empty, so nothing is sent`);
    if (chosen.length === 0) throw new UsageError(`${path} has no subscription ${String(name)}`);
    const work = {
      config,
      chosen,
      wants: (letter: DeadLetter) => id === undefined || letter.event.id === id,
    };
    return verb === 'list' ? list(work, context) : resend(work, context);
  },
};

interface Work {
  readonly config: ApiConfig;
  readonly chosen: ApiConfig['webhooks']['subscriptions'];
  readonly wants: (letter: DeadLetter) => boolean;
}

async function list({ config, chosen, wants }: Work, context: CommandContext): Promise<Summary> {
  const letters = new DeadLetters(openLake(config.lake), config.environment);
  const counts: Record<string, number> = {};
  const shown: object[] = [];
  for (const { name } of chosen) {
    counts[name] = 0;
    for await (const file of letters.of(name))
      for (const letter of file.letters.filter(wants)) {
        counts[name]++;
        if (shown.length >= SHOWN_MAX) continue;
        const { event, ...about } = letter;
        shown.push({ id: event.id, ...about });
        context.say(describe(letter));
      }
  }
  for (const [name, count] of Object.entries(counts)) context.say(`${name}: ${count} dead letters`);
  return { command: 'webhooks', action: 'list', ok: true, counts, letters: shown };
}

async function resend({ config, chosen, wants }: Work, context: CommandContext): Promise<Summary> {
  const { environment, webhooks: fields } = config;
  const secrets = openWebhookSecrets(environment, createLogger('webhooks', config.logLevel));
  const tools = {
    ...webhookTools(fields, secrets),
    letters: new DeadLetters(openLake(config.lake), environment),
    ...{ wants, signal: context.signal },
  };
  const results: Record<string, object> = {};
  let left = 0;
  for (const subscription of chosen) {
    const result = await resendDeadLetters(subscription, tools);
    results[subscription.name] = result;
    left += result.left;
    const why = result.failure === null ? '' : `; the receiver is away (${result.failure})`;
    context.say(`${subscription.name}: ${result.sent} sent, ${result.left} left${why}`);
  }
  return { command: 'webhooks', action: 'resend', ok: left === 0, subscriptions: results };
}

function describe({ subscription, event, reason, attempts, failure, status, givenUpMs }: DeadLetter): string {
  const last = failure === null ? 'never tried' : status === null ? failure : `${failure}, ${status}`;
  const when = new Date(givenUpMs).toISOString();
  return `${subscription} ${event.id}: given up ${when} (${reason}) after ${attempts} attempts, last: ${last}`;
}
