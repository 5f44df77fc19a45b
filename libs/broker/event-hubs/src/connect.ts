import { readFile } from 'node:fs/promises';
import {
  EventHubConsumerClient,
  EventHubProducerClient,
  parseEventHubConnectionString,
  type TokenCredential,
} from '@azure/event-hubs';
import { ContainerClient } from '@azure/storage-blob';
import { SetupError } from '@gondola/stream';
import { streamError } from './errors.js';

/** How hubs and the checkpoint store are reached. No secret stands in it. */
export interface EventHubsAccess {
  /** Host name, such as `shops.servicebus.windows.net`: signed in to as whoever Entra ID says this process is. */
  readonly namespace?: string;
  /** File that holds a connection string; without it and `namespace`: EVENTHUBS_CONNECTION_STRING. */
  readonly connectionStringFile?: string;
  /** Without `account` and `endpoint`: AZURE_STORAGE_CONNECTION_STRING. */
  readonly checkpointStore?: {
    readonly container: string;
    readonly account?: string;
    readonly endpoint?: string;
  };
}

export interface Connector {
  consumer(stream: string, consumerGroup: string): Promise<EventHubConsumerClient>;
  producer(stream: string): Promise<EventHubProducerClient>;
  /** Where ownership, checkpoints and what producers sent are kept; null: no such store. */
  container(): Promise<ContainerClient | null>;
}

/** The pipeline's runner repeats what fails. A connection attaches its partitions one after the other: that takes its time. */
const READ_RETRIES = { maxRetries: 0, timeoutInMs: 60_000 };
const SEND_RETRIES = { maxRetries: 3, retryDelayInMs: 250, timeoutInMs: 30_000 };
/** A stopped reader is ours to start again, never the client's: it would start where it started first. */
const NEVER_MS = 2 ** 31 - 1;

export function createConnector(access: EventHubsAccess, env: NodeJS.ProcessEnv): Connector {
  let credential: Promise<TokenCredential> | null = null;

  async function entraId(): Promise<TokenCredential> {
    // Loaded by those who use it: it is larger than everything else here.
    credential ??= import('@azure/identity').then((identity) => new identity.DefaultAzureCredential());
    return credential;
  }

  return {
    async consumer(stream, consumerGroup) {
      const options = {
        retryOptions: READ_RETRIES,
        loadBalancingOptions: { updateIntervalInMs: NEVER_MS },
      };
      if (access.namespace !== undefined)
        return new EventHubConsumerClient(consumerGroup, access.namespace, stream, await entraId(), options);
      return new EventHubConsumerClient(
        consumerGroup,
        await connectionString(access, env, stream),
        stream,
        options,
      );
    },
    async producer(stream) {
      const options = { retryOptions: SEND_RETRIES };
      if (access.namespace !== undefined)
        return new EventHubProducerClient(access.namespace, stream, await entraId(), options);
      return new EventHubProducerClient(await connectionString(access, env, stream), stream, options);
    },
    container: async () => openContainer(access.checkpointStore, env, entraId),
  };
}

/** Checked here: what the client says of a wrong one shows the whole of it. */
async function connectionString(
  { connectionStringFile: file }: EventHubsAccess,
  env: NodeJS.ProcessEnv,
  stream: string,
): Promise<string> {
  const where = file === undefined ? 'EVENTHUBS_CONNECTION_STRING' : `connectionStringFile ${file}`;
  const text = (
    file === undefined ? (env['EVENTHUBS_CONNECTION_STRING'] ?? '') : await contentOf(file)
  ).trim();
  if (text === '')
    throw new SetupError(
      'config_invalid',
      `stream: ${where} is empty; name a namespace (Entra ID) or give a connection string`,
    );
  const hub = hubOf(text);
  if (hub === null) throw new SetupError('config_invalid', `stream: ${where} is no connection string`);
  if (hub !== undefined && hub !== stream)
    throw new SetupError(
      'config_invalid',
      `stream: ${where} is for the event hub ${hub} alone, not for ${stream}: take one of the namespace`,
    );
  return text;
}

/** The hub that a connection string is bound to, undefined when it is none, null when the text is no such string. */
function hubOf(connectionString: string): string | null | undefined {
  try {
    return parseEventHubConnectionString(connectionString).eventHubName;
  } catch {
    return null;
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SetupError('config_invalid', `stream: connectionStringFile ${file} cannot be read`, {
      cause: error,
    });
  }
}

async function openContainer(
  store: EventHubsAccess['checkpointStore'],
  env: NodeJS.ProcessEnv,
  entraId: () => Promise<TokenCredential>,
): Promise<ContainerClient | null> {
  if (!store) return null;
  const { container: name, account } = store;
  const endpoint =
    store.endpoint ?? (account === undefined ? undefined : `https://${account}.blob.core.windows.net`);
  const container =
    endpoint === undefined
      ? withConnectionString(env, name)
      : new ContainerClient(`${endpoint}/${name}`, await entraId());
  const what = `checkpoint container ${name}`;
  const isThere = await container
    .exists()
    .catch((error: unknown) => Promise.reject(streamError(error, what)));
  if (!isThere) throw new SetupError('stream_unavailable', `${what} is not there: make it`);
  return container;
}

function withConnectionString(env: NodeJS.ProcessEnv, name: string): ContainerClient {
  const text = env['AZURE_STORAGE_CONNECTION_STRING'] ?? '';
  try {
    return new ContainerClient(text, name);
  } catch {
    // Its error may show the secret.
    throw new SetupError(
      'config_invalid',
      'stream.checkpointStore: name its account (Entra ID) or set AZURE_STORAGE_CONNECTION_STRING',
    );
  }
}
