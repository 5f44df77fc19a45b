import { failureOf, lakeErrorOf, type Failure } from './failure.js';

test.each<[number | null, string, Failure]>([
  [412, 'PreconditionFailed', 'taken'],
  [409, 'BlobAlreadyExists', 'taken'],
  [409, 'ConditionalRequestConflict', 'unavailable'],
  [404, 'NoSuchKey', 'missing'],
  [404, 'BlobNotFound', 'missing'],
  [404, 'NoSuchBucket', 'denied'],
  [404, 'ContainerNotFound', 'denied'],
  [401, 'InvalidAuthenticationInfo', 'unsettled'],
  [400, 'ExpiredToken', 'unsettled'],
  [400, 'TokenRefreshRequired', 'unsettled'],
  [400, 'RequestTimeout', 'unavailable'],
  [400, 'IncompleteBody', 'unavailable'],
  [403, 'RequestInTheFuture', 'unavailable'],
  [403, 'ExpiredToken', 'denied'],
  [403, 'InvalidAccessKeyId', 'denied'],
  [403, 'SignatureDoesNotMatch', 'denied'],
  [403, 'AuthenticationFailed', 'denied'],
  [403, 'AccessDenied', 'denied'],
  [403, 'RequestTimeTooSkewed', 'unavailable'],
  [403, 'QuotaExceeded', 'full'],
  [507, 'InsufficientStorage', 'full'],
  [301, 'PermanentRedirect', 'denied'],
  [400, 'InvalidArgument', 'denied'],
  [501, 'NotImplemented', 'denied'],
  [408, 'RequestTimeout', 'unavailable'],
  [429, 'TooManyRequests', 'unavailable'],
  [500, 'InternalError', 'unavailable'],
  [503, 'SlowDown', 'unavailable'],
  [null, 'ECONNRESET', 'unavailable'],
  [null, 'CredentialsProviderError', 'unsettled'],
])('%s %s is %s', (status, code, failure) => {
  expect(failureOf({ status, code, requestId: undefined })).toBe(failure);
});

test.each<[number | null, string, object]>([
  [403, 'AccessDenied', { name: 'SetupError', code: 'lake_denied', canRetry: false }],
  // Of a request without a condition; whoever creates looks at the failure instead.
  [412, 'LeaseIdMissing', { name: 'SetupError', code: 'lake_denied', canRetry: false }],
  [507, 'InsufficientStorage', { code: 'lake_full', canRetry: true }],
  [503, 'SlowDown', { code: 'lake_unavailable', canRetry: true }],
  [null, 'ECONNRESET', { code: 'lake_unavailable', canRetry: true }],
])('%s %s names the lake, what was done, what was said and the request', (status, code, expected) => {
  const error = lakeErrorOf({ status, code, requestId: 'r-1' }, 'write', 's3://lake/p', true);
  expect(error).toMatchObject(expected);
  for (const part of ['s3://lake/p', 'write', code, 'r-1']) expect(error.message).toContain(part);
});

test.each(['CredentialsProviderError', 'ExpiredToken'])(
  '%s ends a process that was never let in, and makes another wait',
  (code) => {
    const errorOf = (wasLetIn: boolean) =>
      lakeErrorOf({ status: null, code, requestId: undefined }, 'read', 's3://lake', wasLetIn);
    expect(errorOf(false)).toMatchObject({ name: 'SetupError', code: 'lake_denied', canRetry: false });
    expect(errorOf(true)).toMatchObject({ code: 'lake_unavailable', canRetry: true });
    expect(errorOf(true).message).toContain('give this process');
  },
);
