import { formatLakeAddress, type LakeAddress } from '@gondola/config';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { SetupError, systemClock, systemRandom, type ObjectStore } from '@gondola/stream';

type AzureAddress = Extract<LakeAddress, { store: 'azure' }>;

const DEPS = { clock: systemClock, random: systemRandom };

/** The store at an address. The SDK of a cloud is loaded with its first use: who has a disk never waits for one. */
export function openLake(address: LakeAddress): ObjectStore {
  switch (address.store) {
    case 'local':
      return createLocalDiskStore(address.folder);
    case 's3':
      return loadedAtFirstUse(formatLakeAddress(address), async () => {
        const { createS3Store } = await import('@gondola/lake-s3');
        return createS3Store(address, DEPS);
      });
    case 'azure':
      return loadedAtFirstUse(formatLakeAddress(address), async () => {
        const { createAzureStore } = await import('@gondola/lake-azure');
        return createAzureStore({ ...address, access: azureAccessOf(address) }, DEPS);
      });
  }
}

function azureAccessOf({ account, endpoint }: AzureAddress) {
  if (endpoint !== undefined) return { endpoint };
  if (account !== undefined) return { endpoint: `https://${account}.blob.core.windows.net` };
  const connectionString = process.env['AZURE_STORAGE_CONNECTION_STRING'];
  if (connectionString) return { connectionString };
  throw new SetupError(
    'config_invalid',
    'lake: an az:// address names its account (?account=NAME, signed in to by Entra ID), or ' +
      'AZURE_STORAGE_CONNECTION_STRING is set',
  );
}

function loadedAtFirstUse(address: string, load: () => Promise<ObjectStore>): ObjectStore {
  let loading: Promise<ObjectStore> | null = null;
  const loaded = () => (loading ??= load());
  return {
    address,
    putIfAbsent: async (path, bytes) => (await loaded()).putIfAbsent(path, bytes),
    put: async (path, bytes) => (await loaded()).put(path, bytes),
    get: async (path) => (await loaded()).get(path),
    list: async (folder, startAfter) => (await loaded()).list(folder, startAfter),
    async *listAll(folder) {
      yield* (await loaded()).listAll(folder);
    },
    delete: async (path) => (await loaded()).delete(path),
  };
}
