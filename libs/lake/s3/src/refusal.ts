import type { Refusal } from '@gondola/lake-cloud-store';

/** What the SDK throws, by shape: an answer of the service, its own failure to ask, or an error of Node's sockets. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  /** Set where the answer was not one of S3's, such as a proxy's page. */
  readonly $response?: { readonly statusCode?: number };
}

/** Errors of the SDK without a status that are no defects of ours. */
const NO_ANSWER = new Set([
  'TimeoutError',
  'AbortError',
  'CredentialsProviderError',
  'ExpiredTokenException',
]);

/** How the SDK passes on an error of Node that is not of its own realm, as under jest. */
const WRAPPED = 'AWS SDK error wrapper for ';

export function refusalOf(error: unknown): Refusal | null {
  if (typeof error !== 'object' || error === null) return null;
  const { name, code, message, $metadata, $response } = error as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status !== undefined) return { status, code: String(name), requestId: $metadata?.requestId };
  if (typeof name === 'string' && NO_ANSWER.has(name))
    return { status: null, code: typeof code === 'string' ? code : name, requestId: undefined };
  if (typeof code === 'string' && /^E[A-Z_]+$/.test(code))
    return { status: null, code, requestId: undefined };
  if (typeof message === 'string' && message.startsWith(WRAPPED))
    return { status: null, code: message.slice(WRAPPED.length), requestId: undefined };
  // The one setting without a default of its own.
  if (message === 'Region is missing') return { status: 400, code: message, requestId: undefined };
  return null;
}
