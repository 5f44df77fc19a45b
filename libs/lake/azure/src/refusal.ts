import type { Refusal } from '@gondola/lake-cloud-store';

/** What the SDK throws, by shape: an answer of the service, its own failure to ask, or an error of Node's sockets. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** Errors without a status that are no defects of ours. */
const NO_ANSWER = new Set([
  'RestError',
  'AbortError',
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]);

export function refusalOf(error: unknown): Refusal | null {
  if (typeof error !== 'object' || error === null) return null;
  const { name, code, statusCode, response } = error as SdkError;
  const word = typeof code === 'string' ? code : String(name);
  // A sign-in that was refused carries the status of the sign-in, not of the store.
  if (typeof statusCode === 'number' && name === 'RestError')
    return { status: statusCode, code: word, requestId: response?.headers?.get('x-ms-request-id') };
  if (typeof name === 'string' && NO_ANSWER.has(name))
    return { status: null, code: name === 'RestError' ? word : name, requestId: undefined };
  if (typeof code === 'string' && /^E[A-Z_]+$/.test(code))
    return { status: null, code, requestId: undefined };
  return null;
}
