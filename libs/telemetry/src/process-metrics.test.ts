import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, showCertificates, showKeyEnds } from './index.js';

/** Ends 2036-11-23T15:16:08Z. */
const UNTIL_2036 = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBbTCCAROgAwIBAgIUUTl2hgSzZzwI1Mq+nUNDBuzDdwwwCgYIKoZIzj0EAwIw',
  'DDEKMAgGA1UEAwwBYTAeFw0yNjExMjYxNTE2MDhaFw0zNjExMjMxNTE2MDhaMAwx',
  'CjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASsjQ6flxNaXk2A',
  '1u/au1AmXY/SirGv4DZp87mXI5GlXOTLo6EpL4/33GM7bjlH668cmmIcqSOG2USE',
  '48xUNdnmo1MwUTAdBgNVHQ4EFgQUrgy+QVJA4b+uoji3QDM4I+6pCHswHwYDVR0j',
  'BBgwFoAUrgy+QVJA4b+uoji3QDM4I+6pCHswDwYDVR0TAQH/BAUwAwEB/zAKBggq',
  'hkjOPQQDAgNIADBFAiAhDONa1zUgKdhJp3t014l4t5B+lfcAlqw9PJQMJiWgnQIh',
  'AKEW345I0TMPIldy5ZIx8GjU8jOBzK5IHjvry1QZ5q5s',
  '-----END CERTIFICATE-----',
].join('\n');
/** Ends 2035-02-12T15:16:08Z. */
const UNTIL_2035 = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBbTCCAROgAwIBAgIUErfa6fxpHokauaRW5ngYdP0xDO0wCgYIKoZIzj0EAwIw',
  'DDEKMAgGA1UEAwwBYjAeFw0yNjExMjYxNTE2MDhaFw0zNTAyMTIxNTE2MDhaMAwx',
  'CjAIBgNVBAMMAWIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQZl2leiRnum0IW',
  'K3jMwDHpXWqEVXTTNr+XIGvpB2BAqv4MKdWv96YD1fJInMHaCcMhsmVBspKjCH1h',
  'BRReSy22o1MwUTAdBgNVHQ4EFgQUTsyzlA8KjOXac45H7mgK7z1oBx8wHwYDVR0j',
  'BBgwFoAUTsyzlA8KjOXac45H7mgK7z1oBx8wDwYDVR0TAQH/BAUwAwEB/zAKBggq',
  'hkjOPQQDAgNIADBFAiBxgqGH5KNf30xoMttvSKXH4xEXSUATM+52/33kRR8b3QIh',
  'APpT2tvOVeozUPmW3eymlyR09hs/3faXjIvif6kxqHg2',
  '-----END CERTIFICATE-----',
].join('\n');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gondola-certificates-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('of a file with certificates the end of the first to end is shown, and of a new file at the next scrape', async () => {
  const registry = createRegistry();
  const path = (name: string) => join(folder, name);
  showCertificates(registry, [path('ca.pem'), path('client.pem'), path('not-there.pem')]);
  writeFileSync(path('ca.pem'), `of our own\n${UNTIL_2036}\n${UNTIL_2035}\n`);
  writeFileSync(path('client.pem'), 'no certificate\n');
  const shown = async () =>
    (await registry.metrics()).split('\n').filter((line) => /^gondola_certificate/.test(line));
  const line = (file: string, time: string) =>
    `gondola_certificate_expiry_timestamp_seconds{file="${file}"} ${Date.parse(time) / 1000}`;
  expect(await shown()).toEqual([line('ca.pem', '2035-02-12T15:16:08Z')]);
  writeFileSync(path('client.pem'), UNTIL_2036);
  writeFileSync(path('ca.pem'), UNTIL_2036.slice(0, 300));
  expect(await shown()).toEqual([line('client.pem', '2036-11-23T15:16:08Z')]);
});

it('keys that are gone are shown no more', async () => {
  const registry = createRegistry();
  let ends = new Map([
    ['tills', 1_000_000],
    ['web', 2_000_000],
  ]);
  showKeyEnds(registry, () => ends);
  expect(await registry.metrics()).toContain('gondola_key_expiry_timestamp_seconds{producer="tills"} 1000\n');
  ends = new Map([['web', 2_000_000]]);
  const text = await registry.metrics();
  expect(text).toContain('gondola_key_expiry_timestamp_seconds{producer="web"} 2000\n');
  expect(text).not.toContain('producer="tills"');
});
