import { readFileSync } from 'node:fs';
import { GondolaError, SetupError, type Clock } from '@gondola/stream';
import type { ClientCredentials, KafkaConnection, KafkaSasl, KafkaTls } from './kafka-settings.js';

/** What both clients are given, each in its own words. */
export interface Access {
  readonly bootstrap: string[];
  readonly tls: { ca?: string; cert?: string; key?: string } | undefined;
  readonly sasl: Sasl | undefined;
}

type Sasl =
  | { readonly kind: 'password'; readonly mechanism: PasswordMechanism; username: string; password: string }
  | { readonly kind: 'token'; readonly token: () => Promise<string> };

type PasswordMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** A token is asked for anew when so little of its life is left. */
const TOKEN_REST_MS_MIN = 30_000;

/** Reads the files. Errors: a `SetupError` that names the file. */
export function accessOf({ bootstrap, tls, sasl }: KafkaConnection, clock: Clock): Access {
  return {
    bootstrap: [...bootstrap],
    tls: tls && tlsOf(tls),
    sasl: sasl && saslOf(sasl, clock),
  };
}

function tlsOf({ caFile, certFile, keyFile }: KafkaTls): NonNullable<Access['tls']> {
  return {
    ...(caFile && { ca: readText(caFile, 'tls.caFile') }),
    ...(certFile && { cert: readText(certFile, 'tls.certFile') }),
    ...(keyFile && { key: readText(keyFile, 'tls.keyFile') }),
  };
}

function saslOf(sasl: KafkaSasl, clock: Clock): Sasl {
  switch (sasl.mechanism) {
    case 'plain':
      return passwordOf('PLAIN', sasl.username, readText(sasl.passwordFile, 'sasl.passwordFile'));
    case 'scram-sha-256':
      return passwordOf('SCRAM-SHA-256', sasl.username, readText(sasl.passwordFile, 'sasl.passwordFile'));
    case 'scram-sha-512':
      return passwordOf('SCRAM-SHA-512', sasl.username, readText(sasl.passwordFile, 'sasl.passwordFile'));
    case 'event-hubs': {
      const connection = readText(sasl.connectionStringFile, 'sasl.connectionStringFile');
      return passwordOf('PLAIN', '$ConnectionString', connection);
    }
    case 'aws-msk-iam':
      return { kind: 'token', token: () => mskToken(sasl.region) };
    case 'oauthbearer':
      return { kind: 'token', token: tokensOf(sasl, clock) };
  }
}

function passwordOf(mechanism: PasswordMechanism, username: string, password: string): Sasl {
  return { kind: 'password', mechanism, username, password };
}

/** Loaded with its first use: it brings AWS's credential providers with it. */
async function mskToken(region: string): Promise<string> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  try {
    return (await generateAuthToken({ region })).token;
  } catch (cause) {
    throw new SetupError(
      'stream_unavailable',
      'no AWS credentials for MSK: give the process a role, a profile or AWS_ACCESS_KEY_ID',
      { cause },
    );
  }
}

function tokensOf(
  { tokenFile, clientCredentials }: Extract<KafkaSasl, { mechanism: 'oauthbearer' }>,
  clock: Clock,
): () => Promise<string> {
  if (clientCredentials) return grantedTokens(clientCredentials, clock);
  if (tokenFile !== undefined) return async () => readText(tokenFile, 'sasl.tokenFile');
  throw new SetupError('config_invalid', 'sasl: oauthbearer needs tokenFile or clientCredentials');
}

function grantedTokens(
  { endpoint, clientId, secretFile, scope }: ClientCredentials,
  clock: Clock,
): () => Promise<string> {
  let kept: { token: string; untilMs: number } | null = null;
  return async () => {
    if (kept && clock.nowMs() < kept.untilMs) return kept.token;
    const secret = readText(secretFile, 'sasl.clientCredentials.secretFile');
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${basic.toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scope && { scope }),
      }),
    }).catch((cause: unknown) => {
      throw new GondolaError('stream_unavailable', `${endpoint} does not answer`, true, { cause });
    });
    const { access_token: token, expires_in: seconds = 60 } = await tokenOf(response, endpoint);
    kept = { token, untilMs: clock.nowMs() + seconds * 1_000 - TOKEN_REST_MS_MIN };
    return token;
  };
}

async function tokenOf(
  response: Response,
  endpoint: string,
): Promise<{ access_token: string; expires_in?: number }> {
  if (response.status >= 500 || response.status === 429)
    throw new GondolaError('stream_unavailable', `${endpoint} answers ${response.status}`, true);
  const body: unknown = response.ok ? await response.json().catch(() => null) : null;
  if (typeof body === 'object' && body !== null && 'access_token' in body) {
    const { access_token } = body;
    const seconds = 'expires_in' in body && typeof body.expires_in === 'number' ? body.expires_in : undefined;
    if (typeof access_token === 'string') return { access_token, expires_in: seconds };
  }
  throw new SetupError(
    'stream_unavailable',
    `${endpoint} gives no token (${response.status}): check clientId, secretFile and scope of sasl.clientCredentials`,
  );
}

function readText(path: string, field: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new SetupError('config_invalid', `${field}: ${path} cannot be read`, { cause });
  }
}
