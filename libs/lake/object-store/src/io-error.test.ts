import { ioErrorOf, type Operation } from './io-error.js';

const refusal = (code: string) => Object.assign(new Error(`${code}: refused`), { code });

test.each<[string, Operation, string, boolean]>([
  ['ENOSPC', 'write', 'lake_full', true],
  ['EDQUOT', 'write', 'lake_full', true],
  ['EACCES', 'read', 'lake_denied', false],
  ['EPERM', 'delete', 'lake_denied', false],
  ['EROFS', 'write', 'lake_denied', false],
  ['EACCES', 'link', 'lake_denied', false],
  ['EPERM', 'link', 'lake_denied', false],
  ['ENOTSUP', 'link', 'lake_denied', false],
  ['ENOTDIR', 'list', 'lake_denied', false],
  ['EIO', 'read', 'lake_unavailable', true],
  ['EMFILE', 'write', 'lake_unavailable', true],
  ['ENOENT', 'link', 'lake_unavailable', true],
])('%s on %s is %s (retry: %s)', (code, operation, expected, canRetry) => {
  const cause = refusal(code);
  const error = ioErrorOf(cause, operation, '/the/lake');
  expect(error).toMatchObject({ code: expected, canRetry, cause });
  expect(error.message).toContain('/the/lake');
  expect(error.message).toContain(code === 'ENOTDIR' ? 'is a file' : code);
});

test('a file system without hard links is named as such, a forbidden folder is not', () => {
  expect(ioErrorOf(refusal('EPERM'), 'link', '/mnt').message).toContain('hard links');
  expect(ioErrorOf(refusal('EACCES'), 'link', '/mnt').message).not.toContain('hard links');
});
