import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChildServer, type RunningServer } from './child-server.js';

const binary = process.env['GONDOLA_VERSITYGW'] ?? join(import.meta.dirname, '../../.ci/bin/versitygw');

export const S3_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'gondola-test',
  AWS_SECRET_ACCESS_KEY: 'gondola-test-secret',
};
export const S3_BUCKET = 'lake';

export interface S3Server extends RunningServer {
  /** Of this server; a proxy in front of it has another. */
  readonly endpoint: string;
}

/** Runs suites that need an S3 server, or shows them as skipped and says what is missing. */
export const describeWithS3: (name: string, suite: () => void) => void = existsSync(binary)
  ? describe
  : (name, suite) => describe.skip(`${name} (no versitygw at ${binary}: set GONDOLA_VERSITYGW)`, suite);

/** An S3 server with an empty bucket, in a folder of its own. It honours `If-None-Match` as S3 does. */
export async function startVersitygw({ bucket = S3_BUCKET, region = 'us-east-1' } = {}): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'gondola-s3-'));
  await mkdir(join(folder, bucket));
  const server = await startChildServer(
    binary,
    (port) => [
      ...['--quiet', '--keep-alive', '--port', `127.0.0.1:${port}`, '--region', region, 'posix', folder],
    ],
    {
      ROOT_ACCESS_KEY: S3_CREDENTIALS.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: S3_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
  );
  return {
    port: server.port,
    endpoint: `http://127.0.0.1:${server.port}`,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
