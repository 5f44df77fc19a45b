import { parseLakeAddress } from '@gondola/config';
import { createAzureStore } from '@gondola/lake-azure';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { createS3Store } from '@gondola/lake-s3';
import { systemClock, systemRandom, type ObjectStore } from '@gondola/stream';

/**
 * The store at an address of a lake (`lake` in a configuration), so that processes of their own can open the same one.
 * Keys come from the environment, as for services.
 */
export async function storeOf(text: string): Promise<ObjectStore> {
  const address = parseLakeAddress(text);
  const deps = { clock: systemClock, random: systemRandom };
  if (address.store === 'local') return createLocalDiskStore(address.folder);
  if (address.store === 's3') return createS3Store(address, deps);
  const connectionString = process.env['AZURE_STORAGE_CONNECTION_STRING'] ?? '';
  return createAzureStore({ ...address, access: { connectionString } }, deps);
}
