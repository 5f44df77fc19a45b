import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFiles } from './tree.js';

const LIBS = new URL('../../libs/', import.meta.url).pathname;

/** Libraries that call a service of AWS, with the service as IAM names it. */
const CALLERS: readonly (readonly [folder: string, service: string])[] = [
  ['lake/s3/src', 's3'],
  ['broker/kinesis/src', 'kinesis'],
  ['broker/kinesis/src', 'dynamodb'],
  ['registry/glue/src', 'glue'],
];

/** Where the right has another name than the call. */
const RIGHT_OF: Readonly<Record<string, string>> = {
  ListObjectsV2: 's3:ListBucket',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
};

/** Called where a table is not there; here it is, so that no service needs the right. */
const NOT_GIVEN = new Set(['dynamodb:CreateTable']);

function rightsCalledIn(folder: string, service: string): string[] {
  const files = readdirSync(join(LIBS, folder)).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const text = files.map((name) => readFileSync(join(LIBS, folder, name), 'utf8')).join('\n');
  const imports = [...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)];
  const names = imports
    .filter(([, , client]) => client === service)
    .flatMap(([, list = '']) => list.split(','));
  return names
    .map((name) => /^\s*(\w+)Command\s*$/.exec(name)?.[1])
    .filter((name) => name !== undefined)
    .map((name) => RIGHT_OF[name] ?? `${service}:${name}`);
}

it('the rights of services on AWS are those of what the code calls, all of them and no others', () => {
  const called = CALLERS.flatMap(([folder, service]) => rightsCalledIn(folder, service));
  const needed = [...new Set(called)].filter((right) => !NOT_GIVEN.has(right)).sort();
  const text = [...readFiles('.tf')]
    .filter(([path]) => path.startsWith('aws/modules/service-role/'))
    .map(([, each]) => each)
    .join('\n');
  const given = [...text.matchAll(/"((?:s3|kinesis|dynamodb|glue):\w+)"/g)].map(([, right = '']) => right);
  expect([...new Set(given)].sort()).toEqual(needed);
  expect(needed.length).toBeGreaterThan(18);
});

it('tables of leases have the names and keys that the code looks for', () => {
  const code = ['kinesis-broker.ts', 'dynamo-leases.ts', 'producer-store.ts']
    .map((name) => readFileSync(join(LIBS, 'broker/kinesis/src', name), 'utf8'))
    .join('\n');
  const leases = readFiles('.tf').get('aws/modules/processing/leases.tf') ?? '';
  expect(code).toContain('`${tablePrefix}${reader}-${stream}`');
  expect(leases).toContain(
    '"${local.table_prefix}gondola-${service}-${var.environment}-${var.names["events"]}"',
  );
  const opened = readFileSync(join(LIBS, 'stream/src/environment-mark.ts'), 'utf8');
  expect(opened).toContain('reader: `gondola-${service}-${environment}`');
  expect(code).toContain('`${tablePrefix}gondola-producers`');
  expect(leases).toContain('"${local.table_prefix}gondola-producers"');
  for (const key of ['leaseKey', 'producer']) {
    expect(code).toContain(`TableName, '${key}', clock`);
    expect(leases).toMatch(new RegExp(`hash_key\\s+= "${key}"`));
  }
});
