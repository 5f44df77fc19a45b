import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock } from '@gondola/testing';
import { accessOf } from './credentials.js';
import type { KafkaSasl } from './kafka-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'gondola-credentials-'));
const clock = createManualClock(0);
const bootstrap = ['127.0.0.1:9092'];
const secretFile = join(folder, 'secret');
writeFileSync(secretFile, 's3cret\n');

let server: Server;
let endpoint: string;
let answer: { status: number; body: string };
const asked: { authorization: string | undefined; body: string }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    asked.push({ authorization: request.headers.authorization, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  endpoint = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}/token` : '';
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function tokenOf(sasl: KafkaSasl): () => Promise<string> {
  const access = accessOf({ bootstrap, sasl }, clock);
  if (access.sasl?.kind !== 'token') throw new Error('no token');
  return access.sasl.token;
}

const granted = (): KafkaSasl => ({
  mechanism: 'oauthbearer',
  clientCredentials: { endpoint, clientId: 'góndola', secretFile, scope: 'kafka' },
});

it('names the file that cannot be read, and its field', () => {
  const passwordFile = join(folder, 'nowhere');
  const sasl = { mechanism: 'plain', username: 'till', passwordFile } as const;
  expect(() => accessOf({ bootstrap, sasl }, clock)).toThrow(
    `sasl.passwordFile: ${passwordFile} cannot be read`,
  );
  expect(() => accessOf({ bootstrap, tls: { caFile: passwordFile } }, clock)).toThrow('tls.caFile');
});

it('takes a connection string of Event Hubs as the password it is', () => {
  const sasl = { mechanism: 'event-hubs', connectionStringFile: secretFile } as const;
  expect(accessOf({ bootstrap, sasl }, clock).sasl).toEqual({
    kind: 'password',
    mechanism: 'PLAIN',
    username: '$ConnectionString',
    password: 's3cret',
  });
});

it('reads a token anew each time', async () => {
  const tokenFile = join(folder, 'token');
  const token = tokenOf({ mechanism: 'oauthbearer', tokenFile });
  for (const text of ['one', 'two']) {
    writeFileSync(tokenFile, text);
    expect(await token()).toBe(text);
  }
});

it('asks for a token with its credentials, and again shortly before it ends', async () => {
  const token = tokenOf(granted());
  const grant = (name: string) => ({
    status: 200,
    body: JSON.stringify({ access_token: name, expires_in: 600 }),
  });
  answer = grant('first');
  expect(await token()).toBe('first');
  answer = grant('second');
  clock.advance(569_999);
  expect(await token()).toBe('first');
  clock.advance(1);
  expect(await token()).toBe('second');
  const [{ authorization, body }] = asked;
  expect(Buffer.from(authorization?.slice('Basic '.length) ?? '', 'base64').toString()).toBe(
    'g%C3%B3ndola:s3cret',
  );
  expect(body).toBe('grant_type=client_credentials&scope=kafka');
});

it.each([
  [401, '{"error":"invalid_client"}', { name: 'SetupError', canRetry: false }],
  [200, '{"expires_in":60}', { name: 'SetupError', canRetry: false }],
  [200, 'not JSON', { name: 'SetupError', canRetry: false }],
  [503, '', { code: 'stream_unavailable', canRetry: true }],
  [429, '', { code: 'stream_unavailable', canRetry: true }],
])('an answer of %s %s is %o', async (status, body, error) => {
  answer = { status, body };
  await expect(tokenOf(granted())()).rejects.toMatchObject(error);
});

it('signs in to MSK with what AWS knows of this process', async () => {
  const before = { ...process.env };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' });
  try {
    const token = await tokenOf({ mechanism: 'aws-msk-iam', region: 'eu-west-1' })();
    const url = new URL(Buffer.from(token, 'base64url').toString());
    expect(url.hostname).toBe('kafka.eu-west-1.amazonaws.com');
    expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(
      /^AKIDEXAMPLE\/.*\/eu-west-1\/kafka-cluster\/aws4_request$/,
    );
  } finally {
    process.env = before;
  }
});
