import type { Access } from '../credentials.js';

/** How long one request may take; a fetch waits at the broker for less. */
const REQUEST_MS_MAX = 30_000;

/** The connection as @platformatic/kafka takes it. */
export function clientOptions({ bootstrap, tls, sasl }: Access) {
  return {
    clientId: 'gondola',
    bootstrapBrokers: [...bootstrap],
    connectTimeout: 5_000,
    requestTimeout: REQUEST_MS_MAX,
    timeout: REQUEST_MS_MAX,
    // What is over in a moment (a leader or a coordinator that moves); beyond that the runner repeats with jitter, for ever.
    retries: 10,
    retryDelay: 250,
    ...(tls && { tls }),
    ...(sasl && { sasl: saslOf(sasl) }),
  };
}

function saslOf(sasl: NonNullable<Access['sasl']>) {
  if (sasl.kind === 'token') return { mechanism: 'OAUTHBEARER' as const, token: sasl.token };
  return { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password };
}
