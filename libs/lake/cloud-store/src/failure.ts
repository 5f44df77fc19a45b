import { GondolaError, SetupError } from '@gondola/stream';
import type { Refusal } from './cloud-objects.js';

/**
 * `unavailable`: may have taken effect or not; the others are certain. `unsettled`: refused for credentials that may be
 * there, or fresh, at the next attempt.
 */
export type Failure = 'taken' | 'missing' | 'unavailable' | 'unsettled' | 'full' | 'denied';

/** 404 that a retry does not mend: the place itself is missing, not the object. */
const NO_PLACE = new Set(['NoSuchBucket', 'ContainerNotFound', 'AccountNotFound']);
const FULL = new Set(['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'ENOSPC']);
/** The SDK corrects its clock by the answer, so that the next attempt may pass. */
const CLOCK_SKEW = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);
/** Passing although the status says that the request was wrong: what the SDKs repeat, and bodies that broke on their way. */
const PASSING = new Set([
  'RequestTimeout',
  'RequestTimeoutException',
  'IncompleteBody',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
  'TooManyRequestsException',
  'SlowDown',
  'ServerBusy',
  'OperationTimedOut',
  'IDPCommunicationError',
  'IDPCommunicationErrorException',
]);
/** Session credentials that ended while they were in use; the next ones come from where these did. */
export const EXPIRED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidAuthenticationInfo',
]);
/** The SDKs' words for credentials they did not find: no request was made. */
const NO_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]);

export function failureOf({ status, code }: Refusal): Failure {
  if (status === 507 || FULL.has(code)) return 'full';
  if (status === 412 || code === 'BlobAlreadyExists') return 'taken';
  if (status === 404 && !NO_PLACE.has(code)) return 'missing';
  if (NO_CREDENTIALS.has(code) || (EXPIRED.has(code) && status !== 403)) return 'unsettled';
  if (CLOCK_SKEW.has(code) || (PASSING.has(code) && status !== 403)) return 'unavailable';
  if (status === null) return 'unavailable';
  // 409: somebody else writes this very object now, and it is open who comes through. 501: will never be offered.
  const isTransient = status === 408 || status === 409 || status === 429 || (status >= 500 && status !== 501);
  return isTransient ? 'unavailable' : 'denied';
}

/**
 * The error of the lake that a refusal stands for. The SDK's own error stays out: it may hold headers with secrets.
 * `wasLetIn`: this process had credentials that the lake took, so that it waits for them to come back instead of ending.
 */
export function lakeErrorOf(
  refusal: Refusal,
  operation: string,
  address: string,
  wasLetIn: boolean,
): GondolaError {
  const what = `lake ${address}: ${operation} failed (${describe(refusal)})`;
  switch (failureOf(refusal)) {
    case 'unsettled':
      if (!wasLetIn) return new SetupError('lake_denied', `${what}. ${adviceOn(refusal)}`);
      return new GondolaError('lake_unavailable', `${what}. ${adviceOn(refusal)}`, true);
    case 'full':
      return new GondolaError('lake_full', `${what}: the store is full`, true);
    // Whoever creates knows what that means; another request asked for no condition, and will be refused again.
    case 'taken':
    case 'denied':
      return new SetupError('lake_denied', `${what}. ${adviceOn(refusal)}`);
    default:
      return new GondolaError('lake_unavailable', what, true);
  }
}

function describe({ status, code, requestId }: Refusal): string {
  const parts = [code];
  if (status !== null) parts.push(`HTTP ${status}`);
  if (requestId !== undefined) parts.push(`request ${requestId}`);
  return parts.join(', ');
}

function adviceOn({ status, code }: Refusal): string {
  if (NO_CREDENTIALS.has(code)) return 'No credentials were found: give this process some.';
  if (EXPIRED.has(code)) return 'The credentials have expired: give this process fresh ones.';
  if (NO_PLACE.has(code)) return 'Make the bucket or container first, or configure another.';
  if (status === 401 || status === 403)
    return 'Give these credentials the right to read, write, list and delete there.';
  if (status === 501) return 'This store lacks what a lake needs, such as writing only where nothing is.';
  if (status === 412)
    return 'Something there, such as a lease, allows no plain writes and deletes: take it away.';
  return 'Check the address of the lake: its endpoint, region and names.';
}
