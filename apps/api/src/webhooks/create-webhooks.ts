import { lookup } from 'node:dns/promises';
import { SetupError, systemClock, systemRandom, type Log, type ObjectStore } from '@gondola/stream';
import { createWebhookMetrics, type MetricsRegistry } from '@gondola/telemetry';
import type { SignalView } from '../shelves/views.js';
import { addressRules, type Address, type Lookup } from './addresses.js';
import { DEAD_REASONS, DeadLetters } from './dead-letters.js';
import type { MessageTools } from './message.js';
import { FAILURES } from './post.js';
import { SenderStates } from './sender-state.js';
import { SignalTable } from './signal-log.js';
import type { WebhooksConfig } from './webhooks.config.js';
import { Webhooks } from './webhooks.js';

export interface WebhookAccess {
  readonly secretsOf: MessageTools['secretsOf'];
  /** Left out: as the machine resolves names. */
  readonly lookup?: Lookup;
}

export interface WebhooksParts {
  readonly config: WebhooksConfig;
  readonly environment: string;
  readonly access: WebhookAccess | undefined;
  readonly lake: ObjectStore;
  readonly view: SignalView;
  readonly log: Log;
  readonly metrics: MetricsRegistry;
}

/** null: nobody subscribed. Errors: `config_invalid` where a secret cannot be read. */
export function createWebhooks({
  config,
  environment,
  access,
  lake,
  view,
  log,
  metrics: registry,
}: WebhooksParts): Webhooks | null {
  const { subscriptions } = config;
  if (subscriptions.length === 0) return null;
  if (!access) throw new SetupError('config_invalid', 'webhooks.subscriptions: this program sends none');
  for (const subscription of subscriptions) access.secretsOf(subscription);
  // Also in a demo that runs days in minutes, receivers live now.
  const clock = systemClock;
  const ageMs = (writtenMs: number | null) => (writtenMs === null ? 0 : clock.nowMs() - writtenMs);
  const metrics = createWebhookMetrics(
    registry,
    { subscriptions: subscriptions.map(({ name }) => name), failures: FAILURES, reasons: DEAD_REASONS },
    () => new Map([...webhooks.oldestMs()].map(([name, writtenMs]) => [name, ageMs(writtenMs)])),
  );
  const webhooks = new Webhooks(config, {
    ...messageTools(config, access),
    states: new SenderStates(lake, environment),
    table: new SignalTable(lake, environment),
    letters: new DeadLetters(lake, environment),
    random: systemRandom,
    ...{ view, clock, log, metrics },
  });
  return webhooks;
}

export function messageTools(
  { privateNetworks }: WebhooksConfig,
  { secretsOf, lookup = systemLookup }: WebhookAccess,
): MessageTools {
  return { secretsOf, lookup, rules: addressRules(privateNetworks), nowMs: () => systemClock.nowMs() };
}

const systemLookup: Lookup = async (host) =>
  (await lookup(host, { all: true })).map(({ address, family }): Address => ({
    address,
    family: family === 6 ? 6 : 4,
  }));
