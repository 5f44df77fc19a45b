import type { ContainerClient } from '@azure/storage-blob';

/** Sequence of the last record that each producer has sent into a hub. */
export interface SentSequences {
  last(producerId: string): Promise<number>;
  remember(producerId: string, sequence: number): Promise<void>;
}

/** Beside the ownership and checkpoints of a hub: a blob per producer. */
export function createStoredSequences(container: ContainerClient, hub: string): SentSequences {
  const blobOf = (producerId: string) =>
    container.getBlockBlobClient(`${hub.toLowerCase()}/producers/${encodeURIComponent(producerId)}`);
  return {
    async last(producerId) {
      try {
        const { metadata } = await blobOf(producerId).getProperties();
        return Number(metadata?.['sequence'] ?? -1);
      } catch (error) {
        if (isNotFound(error)) return -1;
        throw error;
      }
    },
    async remember(producerId, sequence) {
      await blobOf(producerId).upload('', 0, { metadata: { sequence: String(sequence) } });
    },
  };
}

/** For one process: where there is no store, a producer that starts again sends again. */
export function createPassingSequences(): SentSequences {
  const sequences = new Map<string, number>();
  return {
    last: async (producerId) => sequences.get(producerId) ?? -1,
    remember: async (producerId, sequence) => void sequences.set(producerId, sequence),
  };
}

const isNotFound = (error: unknown) =>
  typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 404;
