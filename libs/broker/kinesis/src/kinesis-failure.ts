import { GondolaError, SetupError } from '@gondola/stream';

/** What the SDK throws, by shape: an answer of the service, its own failure to ask, or an error of Node's sockets. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'KMSThrottlingException',
  'ResourceInUseException',
]);

const DENIED = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
  'KMSAccessDeniedException',
]);

/** Without a status, and yet no defects of ours. */
const NO_ANSWER = new Set([
  'TimeoutError',
  'AbortError',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'ERR_HTTP2_STREAM_ERROR',
]);

/** How the SDK passes on an error of Node that is not of its own realm, as under jest. */
const WRAPPED = 'AWS SDK error wrapper for ';

const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null ? String((error as SdkError).name) : '';

export const isNamed = (error: unknown, name: string): boolean => nameOf(error) === name;

/** Asked too often, or before the last asking was over: wait and ask again. */
export const isThrottled = (error: unknown): boolean => THROTTLED.has(nameOf(error));

/** `thing` is what was asked for, such as "stream events". An error that is none of the world's comes back as it is. */
export function failureOf(error: unknown, thing: string): unknown {
  if (error instanceof GondolaError || typeof error !== 'object' || error === null) return error;
  const { code, message, $metadata, $response } = error as SdkError;
  const name = nameOf(error);
  const setup = (text: string) => new SetupError('stream_unavailable', `${thing}: ${text}`, { cause: error });
  const unavailable = (text: string) =>
    new GondolaError('stream_unavailable', `${thing}: ${text}`, true, { cause: error });
  if (DENIED.has(name))
    return setup(`${name}: AWS refuses; check the credentials, the role and what it may do`);
  if (name === 'ResourceNotFoundException')
    return setup('is not there; make it, or check its name, the region and the account');
  if (message === 'Region is missing') return setup('no region; set stream.region or AWS_REGION');
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (isThrottled(error) || name === 'ExpiredTokenException') return unavailable(name);
  if (status !== undefined && status < 500 && status !== 408 && status !== 429 && status >= 400)
    return setup(`${name}: ${String(message)}`);
  if (status !== undefined || NO_ANSWER.has(name)) return unavailable(`no answer (${name})`);
  if (typeof code === 'string' && /^E[A-Z_\d]+$/.test(code)) return unavailable(`no answer (${code})`);
  if (typeof message === 'string' && message.startsWith(WRAPPED))
    return unavailable(`no answer (${message.slice(WRAPPED.length)})`);
  return error;
}

/** Runs `action`; what the SDK throws becomes an error of ours. */
export async function asking<T>(thing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw failureOf(error, thing);
  }
}
