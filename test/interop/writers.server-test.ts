import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AZURE_CONTAINER,
  azureConnectionString,
  describeWithAzure,
  startAzurite,
} from '../servers/azurite.js';
import { describeWithS3, S3_BUCKET, S3_CREDENTIALS, startVersitygw } from '../servers/versitygw.js';
import { describeWriters } from './writers.js';

const lakes: string[] = [];
afterAll(() => Promise.all(lakes.map((lake) => rm(lake, { recursive: true, force: true }))));

describeWriters('a disk', async () => {
  const lake = await mkdtemp(join(tmpdir(), 'gondola-writers-'));
  lakes.push(lake);
  return lake;
});

describeWithS3('S3', () => {
  let server: Awaited<ReturnType<typeof startVersitygw>>;
  let made = 0;
  beforeAll(async () => {
    Object.assign(process.env, S3_CREDENTIALS);
    server = await startVersitygw();
  }, 300_000);
  afterAll(() => server.stop());

  describeWriters('S3', async () => {
    const endpoint = encodeURIComponent(`http://127.0.0.1:${server.port}`);
    return `s3://${S3_BUCKET}/lake-${made++}?endpoint=${endpoint}`;
  });
});

describeWithAzure('Azure', () => {
  let server: Awaited<ReturnType<typeof startAzurite>>;
  let made = 0;
  beforeAll(async () => {
    server = await startAzurite();
    process.env['AZURE_STORAGE_CONNECTION_STRING'] = azureConnectionString(server.port);
  }, 300_000);
  afterAll(() => server.stop());

  describeWriters('Azure', async () => `az://${AZURE_CONTAINER}/lake-${made++}`);
});
