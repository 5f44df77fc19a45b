import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDoor, type OpenDoor } from '../test/door-harness.js';
import { addKey, ProducerKeys, readKeyFile, type NewProducer } from './producer-keys.js';

const fixtures = join(import.meta.dirname, '../../../libs/mappers/test/fixtures');
const order = readFileSync(join(fixtures, 'shopify/order.in.json'));
const counts = readFileSync(join(fixtures, 'square/counts.in.json'));
const ADDRESS = 'https://shop.example/v1/events/from/tills';
const hmac = (secret: string, ...parts: readonly (string | Buffer)[]) =>
  parts.reduce((sum, part) => sum.update(part), createHmac('sha256', secret)).digest('base64');

let folder: string;
let secretFile: string;
let door: OpenDoor | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gondola-webhook-'));
  secretFile = join(folder, 'secret');
  writeFileSync(secretFile, 'shpss_1\n');
});
afterEach(async () => {
  await door?.close();
  door = null;
  rmSync(folder, { recursive: true });
});

const shopify = { format: 'shopify', timeZone: 'America/Bogota' };
const square = { format: 'square' };

it.each([
  ['Shopify', shopify, null, order, 'x-shopify-hmac-sha256', hmac('shpss_1', order), 1],
  ['Square', square, ADDRESS, counts, 'x-square-hmacsha256-signature', hmac('shpss_1', ADDRESS, counts), 3],
] as const)(
  'a body signed by %s is taken without a key',
  async (_, key, url, body, header, signature, accepted) => {
    door = await openDoor({ key: { ...key, webhook: { secretFile, url } } });
    const answer = await door.post('/v1/events/from/tills', body, { [header]: signature });
    expect(answer).toMatchObject({ status: 202, body: { accepted } });
    expect(await door.records()).toHaveLength(accepted);
  },
);

it.each<[string, string, Record<string, string>]>([
  ['no signature', '/v1/events/from/tills', {}],
  [
    'the signature of another body',
    '/v1/events/from/tills',
    { 'x-shopify-hmac-sha256': hmac('shpss_1', 'x') },
  ],
  ['another secret', '/v1/events/from/tills', { 'x-shopify-hmac-sha256': hmac('other', order) }],
  [
    'half a signature',
    '/v1/events/from/tills',
    { 'x-shopify-hmac-sha256': hmac('shpss_1', order).slice(0, 20) },
  ],
  ['a webhook that is not there', '/v1/events/from/web', { 'x-shopify-hmac-sha256': hmac('shpss_1', order) }],
  ['a signature where a key is asked for', '/v1/events', { 'x-shopify-hmac-sha256': hmac('shpss_1', order) }],
])('%s is refused, and nothing is kept', async (_, path, headers) => {
  door = await openDoor({ key: { ...shopify, webhook: { secretFile } } });
  expect(await door.post(path, order, headers)).toMatchObject({ status: 401 });
  expect(await door.records()).toEqual([]);
});

it.each<[string, Partial<NewProducer>, RegExp]>([
  ['a format that nobody signs', { format: 'ga4' }, /only the formats shopify and square are signed/],
  ['Square without its address', { format: 'square' }, /url is missing/],
  [
    'a secret that is not there',
    { format: 'shopify', webhook: { secretFile: '/not/there' } },
    /cannot be read/,
  ],
  ['an empty secret', { format: 'shopify', webhook: { secretFile: '/dev/null' } }, /is empty/],
])('%s is a mistake of the keys file', (_, change, message) => {
  const path = join(folder, 'producers.yaml');
  addKey(path, { producer: 'tills', environment: 'dev', webhook: { secretFile }, ...change }, randomBytes);
  expect(() => new ProducerKeys(readKeyFile(path), 'dev')).toThrow(message);
  // Of another environment it is not opened.
  expect(new ProducerKeys(readKeyFile(path), 'qa').webhookOf('tills')).toBeNull();
});
