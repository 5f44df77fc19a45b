import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { parseConfig } from '@gondola/config';
import { createTokenJudge, oidcFields } from './token-judge.js';

const NOW_MS = Date.UTC(2026, 10, 26, 12);
const NOW = NOW_MS / 1_000;
const GOOD = {
  ...{ iss: 'https://id.example.org', aud: 'gondola-dev', sub: 'ana@example.org' },
  ...{ exp: NOW + 300, environment: 'dev', scope: 'read verdict openid' },
};
type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

let server: Server;
/** What is served as keys; null: an error. */
let served: object[] | null;
let asked = 0;
let ours: Keys;
let theirs: Keys;
let url: string;

beforeAll(async () => {
  ours = await generateKeyPair('RS256', { extractable: true });
  theirs = await generateKeyPair('RS256', { extractable: true });
  server = createServer((_request, answer) => {
    asked++;
    answer.writeHead(served ? 200 : 500).end(JSON.stringify({ keys: served }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});
afterAll(() => void server.close());
beforeEach(async () => {
  served = [{ ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
  asked = 0;
});

const sign = (claims: JWTPayload, keys: Keys = ours, kid = 'one') =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(keys.privateKey);
function judgeOf(config: object = {}) {
  const fields = { issuer: GOOD.iss, audience: GOOD.aud, jwksUrl: url, ...config };
  return createTokenJudge(parseConfig('oidc', oidcFields, fields), {
    environment: 'dev',
    clock: { nowMs: () => NOW_MS },
  });
}
const without = (name: keyof typeof GOOD): JWTPayload => ({ ...GOOD, [name]: undefined });

it.each<[string, JWTPayload, string]>([
  ['one that is good', GOOD, 'known'],
  ['one of several audiences', { ...GOOD, aud: ['other', GOOD.aud] }, 'known'],
  ['one of several environments', { ...GOOD, environment: ['qa', 'dev'] }, 'known'],
  ['an expired one', { ...GOOD, exp: NOW - 60 }, 'expired'],
  ['one that never ends', without('exp'), 'invalid'],
  ['one of later', { ...GOOD, nbf: NOW + 60 }, 'invalid'],
  ['one for somebody else', { ...GOOD, aud: 'another-api' }, 'invalid'],
  ['one for nobody', without('aud'), 'invalid'],
  ['one of another issuer', { ...GOOD, iss: 'https://id.example.org/' }, 'invalid'],
  ['one of nobody', without('sub'), 'invalid'],
  ['one of prod', { ...GOOD, environment: 'prod' }, 'elsewhere'],
  ['one of an environment that only begins so', { ...GOOD, environment: 'dev2' }, 'elsewhere'],
  ['one of no environment', without('environment'), 'elsewhere'],
])('%s is %s', async (_, claims, kind) => {
  expect(await judgeOf()(await sign(claims))).toMatchObject({ kind });
});

it('says who it is and what for, in the words of the configuration', async () => {
  expect(await judgeOf()(await sign(GOOD))).toEqual({
    ...{ kind: 'known', subject: GOOD.sub, scopes: ['read', 'verdict', 'openid'] },
  });
  const roles = { ...GOOD, scope: undefined, roles: ['gondola:quarantine', 'admin'], env: 'dev' };
  const named = judgeOf({ scopesClaim: 'roles', scopePrefix: 'gondola:', environmentClaim: 'env' });
  expect(await named(await sign(roles))).toMatchObject({ scopes: ['quarantine'] });
});

describe('signatures', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('none is no signature', async () => {
    const token = new UnsecuredJWT(GOOD).encode();
    expect(await judgeOf()(token)).toEqual({ kind: 'invalid' });
    const [, body] = (await sign(GOOD)).split('.');
    for (const alg of ['none', 'None', 'nOnE'])
      expect(await judgeOf()(`${part({ alg, kid: 'one' })}.${body}.`)).toEqual({ kind: 'invalid' });
  });

  it('the public key is no secret to sign with', async () => {
    const text = `${part({ alg: 'HS256', kid: 'one' })}.${part(GOOD)}`;
    const mark = createHmac('sha256', await exportSPKI(ours.publicKey))
      .update(text)
      .digest('base64url');
    expect(await judgeOf()(`${text}.${mark}`)).toEqual({ kind: 'invalid' });
  });

  it("another's key is not ours, whatever it is called; nor is one that the token brings along", async () => {
    expect(await judgeOf()(await sign(GOOD, theirs))).toEqual({ kind: 'invalid' });
    expect(await judgeOf()(await sign(GOOD, theirs, 'two'))).toEqual({ kind: 'invalid' });
    const jwk = await exportJWK(theirs.publicKey);
    const brought = new SignJWT(GOOD).setProtectedHeader({
      alg: 'RS256',
      jwk,
      jku: 'https://evil.example/keys',
    });
    expect(await judgeOf()(await brought.sign(theirs.privateKey))).toEqual({ kind: 'invalid' });
  });

  it('a token that was changed is not what was signed', async () => {
    const [head, , mark] = (await sign(GOOD)).split('.');
    expect(await judgeOf()(`${head}.${part({ ...GOOD, scope: 'admin' })}.${mark}`)).toEqual({
      kind: 'invalid',
    });
  });

  it.each(['', '.', '..', 'a.b.c', 'x'.repeat(10_000)])('%# is no token', async (text) => {
    expect(await judgeOf()(text)).toEqual({ kind: 'invalid' });
  });
});

describe('keys of the issuer', () => {
  it('are asked for once, and not by each token of a stranger', async () => {
    const judge = judgeOf();
    for (let tries = 0; tries < 5; tries++) await judge(await sign(GOOD));
    expect(asked).toBe(1);
    served = null;
    expect(await judge(await sign(GOOD))).toMatchObject({ kind: 'known' });
    for (let tries = 0; tries < 5; tries++) await judge(await sign(GOOD, theirs, `k${tries}`));
    expect(asked).toBe(1);
  });

  it('may change: the next one is found by its name', async () => {
    const judge = judgeOf();
    await judge(await sign(GOOD));
    served?.push({ ...(await exportJWK(theirs.publicKey)), kid: 'two', alg: 'RS256' });
    const now = Date.now;
    try {
      // Asked again no sooner than after half a minute.
      Date.now = () => now() + 31_000;
      expect(await judge(await sign(GOOD, theirs, 'two'))).toMatchObject({ kind: 'known' });
    } finally {
      Date.now = now;
    }
  });

  it('that cannot be had leave it open', async () => {
    served = null;
    expect(await judgeOf()(await sign(GOOD))).toEqual({ kind: 'unavailable' });
    expect(await judgeOf({ jwksUrl: 'http://127.0.0.1:1/keys' })(await sign(GOOD))).toEqual({
      kind: 'unavailable',
    });
  });

  it('come by a way on which nobody changes them', () => {
    expect(() => judgeOf({ jwksUrl: 'http://id.example.org/keys' })).toThrow(/jwksUrl.*must be https/);
  });
});
