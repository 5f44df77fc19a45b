import { GondolaError, SetupError } from '@gondola/stream';

/** What the SDKs of Event Hubs, of its checkpoint store and of Entra ID say of an error, each in its own way. */
interface Refusal {
  readonly name?: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly message?: string;
}

/** What `DefaultAzureCredential` fails with when none of its ways leads anywhere. */
const NO_IDENTITY = new Set(['CredentialUnavailableError', 'AggregateAuthenticationError']);

/** Someone with a higher owner level reads this partition now. */
export function isTakenOver(error: unknown): boolean {
  return refusalOf(error).code === 'ReceiverDisconnectedError';
}

/**
 * A world failure by its name; a fault of a program, ours or the client's, is thrown on as it is.
 * `what` is who was asked: `event hub events`, `checkpoint container gondola`.
 */
export function streamError(error: unknown, what: string): GondolaError {
  if (error instanceof GondolaError) return error;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    throw error;
  const { name, code, statusCode, message = String(error) } = refusalOf(error);
  const said = `${what}: ${message.split('\n')[0]}`;
  const options = { cause: error };
  if (code === 'MessagingEntityNotFoundError')
    return new SetupError(
      'stream_unavailable',
      `${said} Make the event hub, and in it a consumer group of that name`,
      options,
    );
  if (code === 'UnauthorizedError' || statusCode === 401 || statusCode === 403)
    return new SetupError(
      'stream_unavailable',
      `${said} Give this identity or key the right to listen and send`,
      options,
    );
  if (name !== undefined && NO_IDENTITY.has(name))
    return new SetupError(
      'stream_unavailable',
      `${what}: Entra ID knows no identity of this process`,
      options,
    );
  return new GondolaError('stream_unavailable', said, true, options);
}

function refusalOf(error: unknown): Refusal {
  return typeof error === 'object' && error !== null ? error : {};
}
