import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { startChildServer, type RunningServer } from './child-server.js';

const script = join(import.meta.dirname, '../../node_modules/azurite/dist/src/blob/main.js');

/** The account that the emulator is known for; no secret. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
export const AZURE_CONTAINER = 'lake';

export interface AzureServer extends RunningServer {
  readonly connectionString: string;
}

/** Runs suites that need an Azure storage server, or shows them as skipped and says what is missing. */
export const describeWithAzure: (name: string, suite: () => void) => void = existsSync(script)
  ? describe
  : (name, suite) => describe.skip(`${name} (azurite is not installed: npm ci)`, suite);

/** How the account is reached through `port`: that of the server or of a proxy in front of it. */
export const azureConnectionString = (port: number): string =>
  `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};` +
  `BlobEndpoint=http://127.0.0.1:${port}/${ACCOUNT};`;

/** An Azure storage server with the empty container `AZURE_CONTAINER`, all in memory. */
export async function startAzurite(): Promise<AzureServer> {
  // It writes its log and settings where it stands, even when the objects are in memory.
  const folder = await mkdtemp(join(tmpdir(), 'gondola-azure-'));
  const server = await startChildServer(
    process.execPath,
    (port) => [
      ...[script, '--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence'],
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port)],
    ],
    { HOME: folder },
  );
  const connectionString = azureConnectionString(server.port);
  await BlobServiceClient.fromConnectionString(connectionString).createContainer(AZURE_CONTAINER);
  return {
    port: server.port,
    connectionString,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
