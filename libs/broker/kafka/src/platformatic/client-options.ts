import type { Access } from '../credentials.js';
import { isRefusal } from '../kafka-errors.js';

const RETRY_MS = 250;

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
    retryDelay,
    ...(tls && { tls }),
    ...(sasl && { sasl: saslOf(sasl) }),
  };
}

/** It would show a refused password again and again; only closing the client makes it give up. */
function retryDelay(
  client: object,
  _operation: string,
  _attempt: number,
  _retries: number,
  error: Error,
): number {
  if (isRefusal(error) && 'close' in client && typeof client.close === 'function') {
    const close = client.close.bind(client, () => {});
    setImmediate(() => close());
  }
  return RETRY_MS;
}

function saslOf(sasl: NonNullable<Access['sasl']>) {
  if (sasl.kind === 'token') return { mechanism: 'OAUTHBEARER' as const, token: sasl.token };
  return { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password };
}
