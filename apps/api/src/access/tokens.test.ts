import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { cleanUp, cleanups, type Json } from '../../test/api-harness.js';
import { startGuarded } from '../../test/guarded-api.js';

afterEach(cleanUp);

const ISSUER = 'https://id.example.org';
const WHO = 'ana.perez@example.org';

async function startWithTokens() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }];
  const issuer = createServer((_request, answer) => void answer.end(JSON.stringify({ keys })));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => void issuer.close());
  const jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`;
  const api = await startGuarded({ access: { oidc: { issuer: ISSUER, audience: 'gondola-dev', jwksUrl } } });
  const sign = (claims: object, expires = '5m') =>
    new SignJWT({ environment: 'dev', scope: 'read', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(ISSUER)
      .setAudience('gondola-dev')
      .setSubject(WHO)
      .setExpirationTime(expires)
      .sign(privateKey);
  const ask = async (path: string, token: string, init: RequestInit = {}) =>
    api.ask(path, null, { ...init, headers: { authorization: `Bearer ${token}` } });
  return { ...api, sign, ask, byKey: api.ask };
}

it('tokens of OpenID Connect are good for what they say, beside keys', async () => {
  const { ask, byKey, sign, lines } = await startWithTokens();
  const read = await sign({});
  expect((await ask('/signals', read)).status).toBe(200);
  expect((await ask('/signals', read)).headers.get('ratelimit')).toMatch(/"caller";r=9\d/);
  expect((await ask('/verdicts', read, { method: 'POST' })).status).toBe(403);
  expect((await ask('/verdicts', await sign({ scope: 'verdict' }), { method: 'POST' })).status).toBe(409);
  expect((await byKey('/signals', 'reader')).status).toBe(200);
  expect(lines.join('')).toMatch(/"who":"token#[0-9a-f]{12}"/);
  expect(lines.join('')).not.toContain('perez');
});

it.each<[string, object, string, number, string]>([
  ['an expired one', {}, '-1m', 401, 'token_expired'],
  ['one of prod', { environment: 'prod' }, '5m', 403, 'token_elsewhere'],
  ['one of a scope that is none of ours', { scope: 'everything' }, '5m', 403, 'scope_missing'],
])('%s is refused', async (_, claims, expires, status, reason) => {
  const { ask, sign } = await startWithTokens();
  const answer = await ask('/signals', await sign(claims, expires));
  expect((await answer.json()) as Json).toMatchObject({ status, reason });
});

it('one that somebody made up is refused', async () => {
  const { ask, sign } = await startWithTokens();
  const [head, body] = (await sign({})).split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const token of [`${head}.${body}.AAAA`, `${none}.${body}.`])
    expect((await (await ask('/signals', token)).json()) as Json).toMatchObject({ reason: 'token_invalid' });
});
