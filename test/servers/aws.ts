import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChildServer, type RunningServer } from './child-server.js';

const modules = join(import.meta.dirname, '../../node_modules');

/** What the SDK's default chain finds; the servers ask for no secret. */
export const AWS_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'gondola-test',
  AWS_SECRET_ACCESS_KEY: 'gondola-test-secret',
};

export interface AwsServer extends RunningServer {
  readonly endpoint: string;
}

/** Runs suites that need npm packages which stand in for AWS, or shows them as skipped and says what is missing. */
export function describeWithPackages(packages: readonly string[], name: string, suite: () => void): void {
  const missing = packages.filter((one) => !existsSync(join(modules, one)));
  if (missing.length === 0) describe(name, suite);
  else describe.skip(`${name} (${missing.join(', ')} not installed: npm ci)`, suite);
}

export const startKinesalite = () => start('kinesalite-server.mjs');
export const startKinesisLocal = () => start('kinesis-local-server.mjs');
export const startDynalite = () => start('dynalite-server.mjs');

async function start(script: string): Promise<AwsServer> {
  const server = await startChildServer(process.execPath, (port) => [
    join(import.meta.dirname, script),
    String(port),
  ]);
  return { ...server, endpoint: `http://127.0.0.1:${server.port}` };
}

/** Asks a server as the SDK does; for set-up and for looking on, so that what is tested does neither itself. */
async function ask<T>(endpoint: string, target: string, type: string, body: object): Promise<T> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': type,
      'x-amz-target': target,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=gondola-test/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

export const askKinesis = <T>(endpoint: string, operation: string, body: object): Promise<T> =>
  ask(endpoint, `Kinesis_20131202.${operation}`, 'application/x-amz-json-1.1', body);

export const askDynamo = <T>(endpoint: string, operation: string, body: object): Promise<T> =>
  ask(endpoint, `DynamoDB_20120810.${operation}`, 'application/x-amz-json-1.0', body);

/** Makes a stream and waits until it takes records. */
export async function createKinesisStream(
  endpoint: string,
  StreamName: string,
  ShardCount: number,
): Promise<void> {
  await askKinesis(endpoint, 'CreateStream', { StreamName, ShardCount });
  await untilActive(endpoint, StreamName);
}

export async function untilActive(endpoint: string, StreamName: string): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary } = await askKinesis<{
      StreamDescriptionSummary: { StreamStatus: string };
    }>(endpoint, 'DescribeStreamSummary', { StreamName });
    if (StreamDescriptionSummary.StreamStatus === 'ACTIVE') return;
    await sleep(50);
  }
}
