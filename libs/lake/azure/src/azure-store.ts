import { BlobServiceClient, type BlobItem, type ContainerClient } from '@azure/storage-blob';
import {
  createCloudStore,
  type CloudObjects,
  type CloudStoreDeps,
  type PartsUpload,
} from '@gondola/lake-cloud-store';
import { SetupError, type ObjectStore } from '@gondola/stream';
import { refusalOf } from './refusal.js';

/** How a storage account is reached: with a connection string, or as whoever Entra ID says this process is. */
export type AzureAccess = { readonly connectionString: string } | { readonly endpoint: string };

export interface AzureLocation {
  readonly container: string;
  /** Folder of the lake within the container, without slashes at its ends; '' is the whole container. */
  readonly prefix: string;
  readonly access: AzureAccess;
}

/** Each attempt is ours to repeat. */
const CLIENT_OPTIONS = { retryOptions: { maxTries: 1 } };

/** A lake on Azure Blob Storage or ADLS Gen2, by the blob endpoint. */
export async function createAzureStore(location: AzureLocation, deps: CloudStoreDeps): Promise<ObjectStore> {
  const service = await connect(location.access);
  const container = service.getContainerClient(location.container);
  return createCloudStore(createAzureObjects(container, location.prefix), location.prefix, deps);
}

async function connect(access: AzureAccess): Promise<BlobServiceClient> {
  if ('connectionString' in access) return connectWith(access.connectionString);
  // Loaded by those who use it: it is larger than everything else here.
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new BlobServiceClient(access.endpoint, new DefaultAzureCredential(), CLIENT_OPTIONS);
}

function connectWith(connectionString: string): BlobServiceClient {
  try {
    return BlobServiceClient.fromConnectionString(connectionString, CLIENT_OPTIONS);
  } catch {
    // Its error may show the secret.
    throw new SetupError('config_invalid', 'lake: the connection string of the storage account is not one');
  }
}

function createAzureObjects(container: ContainerClient, prefix: string): CloudObjects {
  const blobOf = (key: string) => container.getBlockBlobClient(key);

  return {
    address: `az://${container.containerName}/${prefix}?account=${container.accountName}`,

    async create(key, bytes, abortSignal) {
      const conditions = { ifNoneMatch: '*' };
      await blobOf(key).upload(bodyOf(bytes), bytes.length, { conditions, abortSignal });
    },

    async write(key, bytes, abortSignal) {
      await blobOf(key).upload(bodyOf(bytes), bytes.length, { abortSignal });
    },

    startParts: async (key) => startParts(container, key),

    async read(key, abortSignal) {
      const { readableStreamBody, contentLength } = await blobOf(key).download(0, undefined, {
        abortSignal,
        maxRetryRequests: 0,
      });
      if (!readableStreamBody || contentLength === undefined)
        throw new Error(`${key}: an answer without a body`);
      return {
        bytes: contentLength,
        chunks: readableStreamBody as unknown as AsyncIterable<Uint8Array>,
      };
    },

    async list({ prefix, recursive, page }, abortSignal) {
      const options = { prefix, includeMetadata: true, abortSignal };
      const pages = recursive
        ? container.listBlobsFlat(options)
        : container.listBlobsByHierarchy('/', options);
      const { value } = await pages.byPage({ continuationToken: page }).next();
      const found = value as { segment: { blobItems: BlobItem[] }; continuationToken?: string };
      const objects = found.segment.blobItems
        // ADLS Gen2 lists folders as empty blobs.
        .filter(({ metadata }) => metadata?.['hdi_isfolder'] !== 'true')
        .map(({ name, properties: { contentLength = 0, lastModified } }) => ({
          key: name,
          bytes: contentLength,
          modifiedMs: lastModified.getTime(),
        }));
      return { objects, next: found.continuationToken || undefined };
    },

    // Blocks that were never committed go by themselves, after a week.
    listUnfinished: async () => ({ objects: [], next: undefined }),

    async remove(key, abortSignal) {
      await blobOf(key).delete({ deleteSnapshots: 'include', abortSignal });
    },

    refusalOf,
  };
}

function startParts(container: ContainerClient, key: string): PartsUpload {
  const blob = container.getBlockBlobClient(key);
  const ids = new Map<number, string>();
  return {
    async put(number, part, abortSignal) {
      // All of one length, as the service wants it.
      const id = Buffer.from(String(number).padStart(8, '0')).toString('base64');
      await blob.stageBlock(id, bodyOf(part), part.length, { abortSignal });
      ids.set(number, id);
    },
    async complete(abortSignal) {
      const inOrder = [...ids].sort(([left], [right]) => left - right).map(([, id]) => id);
      await blob.commitBlockList(inOrder, { abortSignal });
    },
    abort: async () => undefined,
  };
}

const bodyOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
