import { formatLakeAddress, parseLakeAddress, type LakeAddress } from './index.js';

it.each<[string, LakeAddress]>([
  ['.gondola/lake', { store: 'local', folder: '.gondola/lake' }],
  ['/data/my lake', { store: 'local', folder: '/data/my lake' }],
  ['file:///data/my%20lake', { store: 'local', folder: '/data/my lake' }],
  ['C:\\lake', { store: 'local', folder: 'C:\\lake' }],
  ['s3://shop-lake', { store: 's3', bucket: 'shop-lake', prefix: '' }],
  ['s3://shop-lake/', { store: 's3', bucket: 'shop-lake', prefix: '' }],
  ['s3://shop-lake/a/b c%/', { store: 's3', bucket: 'shop-lake', prefix: 'a/b c%' }],
  [
    's3://b-1/p?region=eu-west-1&endpoint=http://127.0.0.1:7070&pathStyle=false',
    {
      store: 's3',
      bucket: 'b-1',
      prefix: 'p',
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:7070',
      pathStyle: false,
    },
  ],
  ['az://lake/p', { store: 'azure', container: 'lake', prefix: 'p' }],
  ['az://lake/p?account=shops', { store: 'azure', container: 'lake', prefix: 'p', account: 'shops' }],
])('%s is %j', (text, address) => {
  expect(parseLakeAddress(text)).toEqual(address);
});

it.each<[string, string]>([
  ['', 'must name a folder'],
  ['gs://bucket/p', 'must be a folder, or begin with'],
  ['s3:///p', 'bucket'],
  ['s3://b-1/../other', 'prefix'],
  ['s3://b-1/a//b', 'prefix'],
  ['s3://b-1/p?regoin=x', 'regoin: no such field'],
  ['s3://b-1/p?endpoint=ftp://x', 'endpoint'],
  ['az://lake/p?account=No!', 'account'],
])('refuses %s and says why', (text, why) => {
  expect(() => parseLakeAddress(text)).toThrow(why);
  expect(() => parseLakeAddress(text)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
});

it.each([
  's3://key:hunter2@bucket/p',
  's3://b-1/p?secretKey=hunter2',
  'az://lake/p?sig=hunter2',
  's3://b-1/p?endpoint=https://user:hunter2@host',
  'az://lake/p?endpoint=https://host/?sig=hunter2',
])('refuses a secret in an address, and does not show it: %s', (text) => {
  expect(() => parseLakeAddress(text)).toThrow('lake');
  expect(() => parseLakeAddress(text)).not.toThrow('hunter2');
});

it.each([
  's3://b-1/p?endpoint=http://127.0.0.1:7070',
  's3://b-1/',
  'az://lake/p?account=shops',
  '/data/lake',
])('%s is written as it is read', (text) => {
  expect(formatLakeAddress(parseLakeAddress(text))).toBe(text);
});
