import { GondolaError, SetupError, type Clock, type ObjectInfo, type ObjectStore } from '@gondola/stream';
import { Attempts, ShortReadError, type Deadline } from './attempts.js';
import type { CloudObject, CloudObjects, PartsUpload } from './cloud-objects.js';
import { folderKey, objectKey } from './object-key.js';

/** What is larger goes up in parts, so that a lost connection costs one part. */
const WHOLE_BYTES_MAX = 16 << 20;
const PART_BYTES = 8 << 20;
const PARTS_AT_ONCE = 4;
/** To put parts together may take a service minutes, as S3 warns. */
const COMPLETE_PATIENCE = 10;

export interface CloudStoreDeps {
  readonly clock: Clock;
  /** Uniform in [0, 1): spreads the attempts of writers that failed together. */
  readonly random: () => number;
  /** How long a request may stay without an answer; 30,000 when not set. */
  readonly silenceMsMax?: number;
}

/** A lake below `prefix` (no slash at its ends; '' is everything) of a bucket or container. */
export function createCloudStore(objects: CloudObjects, prefix: string, deps: CloudStoreDeps): ObjectStore {
  const attempts = new Attempts({
    address: objects.address,
    clock: deps.clock,
    random: deps.random,
    silenceMsMax: deps.silenceMsMax ?? 30_000,
    refusalOf: (error) => objects.refusalOf(error),
  });
  const read = (key: string, deadline: Deadline) => readWhole(objects, attempts, key, deadline);
  const pages = (root: string, recursive: boolean, startAfter?: string) =>
    pagesOf(objects, attempts, root, recursive, startAfter);
  const requireFit = onceAnswered(() => requireConditional(objects, attempts, objectKey(prefix, PROBE)));
  const infoOf = ({ key, bytes, modifiedMs }: CloudObject): ObjectInfo => ({
    path: prefix === '' ? key : key.slice(prefix.length + 1),
    bytes,
    modifiedMs,
  });

  return {
    address: objects.address,

    async putIfAbsent(path, bytes) {
      await requireFit();
      const key = objectKey(prefix, path);
      return attempts.request('write', bytes.length, async (deadline, isUnsure) => {
        // The object that is in the way may be our own, from an attempt whose answer was lost. Looked for before we send
        // again, too: a service that refuses a large object at once may close the connection before its answer is read.
        const found = isUnsure ? await read(key, deadline) : null;
        if (found) return isSame(found, bytes);
        try {
          await objects.create(key, bytes, deadline.signal);
          return true;
        } catch (error) {
          if (!attempts.isFailure(error, 'taken')) throw error;
        }
        return isUnsure && isSame(await read(key, deadline), bytes);
      });
    },

    async put(path, bytes) {
      const key = objectKey(prefix, path);
      if (bytes.length <= WHOLE_BYTES_MAX)
        return attempts.request('write', bytes.length, ({ signal }) => objects.write(key, bytes, signal));
      // From the start when the answer to the last request is lost: the parts may be gone, or the object there.
      return attempts.repeat('write', () => putInParts(objects, attempts, key, bytes));
    },

    async get(path) {
      const key = objectKey(prefix, path);
      return attempts.request('read', 0, (deadline) => read(key, deadline));
    },

    async list(folder, startAfter = '') {
      const root = folderKey(prefix, folder);
      const found: ObjectInfo[] = [];
      for await (const page of pages(root, false, root + startAfter))
        for (const object of page) if (object.key > root + startAfter) found.push(infoOf(object));
      return found;
    },

    async *listAll(folder) {
      const root = folderKey(prefix, folder);
      for await (const page of pages(root, true)) yield* page.map(infoOf);
      for await (const page of unfinishedOf(objects, attempts, root)) yield* page.map(infoOf);
    },

    async delete(path) {
      const key = objectKey(prefix, path);
      await attempts.request('delete', 0, async ({ signal }) => {
        try {
          await objects.remove(key, signal);
        } catch (error) {
          if (!attempts.isFailure(error, 'missing')) throw error;
        }
      });
    },
  };
}

/** Asks once for all who wait, and again only when there was no answer. */
function onceAnswered(ask: () => Promise<void>): () => Promise<void> {
  let answer: Promise<void> | null = null;
  return () =>
    (answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    }));
}

/** Taken by whoever comes first, for ever. */
const PROBE = '_gondola/exclusive-create';

/**
 * The lake stands on one promise: of two who create a name, one is told that it is taken. Some stores ignore the condition
 * and overwrite. Costs a request in the life of a process, two in that of a lake. Throws `lake_unconditional`.
 */
async function requireConditional(objects: CloudObjects, attempts: Attempts, key: string): Promise<void> {
  const isTaken = () =>
    attempts.request('write', 0, async ({ signal }) => {
      try {
        await objects.create(key, new TextEncoder().encode('kept by the first who writes it'), signal);
        return false;
      } catch (error) {
        if (attempts.isFailure(error, 'taken')) return true;
        throw error;
      }
    });
  if ((await isTaken()) || (await isTaken())) return;
  throw new SetupError(
    'lake_unconditional',
    `lake ${objects.address}: two writes of ${key} that asked to be the first were both accepted, so this store ignores ` +
      'If-None-Match and would lose commits: choose one that honours it',
  );
}

async function readWhole(
  objects: CloudObjects,
  attempts: Attempts,
  key: string,
  deadline: Deadline,
): Promise<Uint8Array | null> {
  try {
    const { bytes, chunks } = await objects.read(key, deadline.signal);
    const whole = new Uint8Array(bytes);
    let at = 0;
    for await (const chunk of chunks) {
      deadline.extend();
      if (at + chunk.length <= bytes) whole.set(chunk, at);
      at += chunk.length;
    }
    if (at !== bytes) throw new ShortReadError(`${at} bytes came of ${bytes}`);
    return whole;
  } catch (error) {
    if (attempts.isFailure(error, 'missing')) return null;
    throw error;
  }
}

/** All objects whose keys begin with `root`, page by page; `startAfter` is a key. */
async function* pagesOf(
  objects: CloudObjects,
  attempts: Attempts,
  root: string,
  recursive: boolean,
  startAfter?: string,
): AsyncGenerator<readonly CloudObject[]> {
  let page: string | undefined;
  do {
    const request = { prefix: root, startAfter, recursive, page };
    const found = await attempts.request('list', 0, ({ signal }) => objects.list(request, signal));
    // Tools that show folders make an empty object for each: not one of ours.
    yield found.objects.filter(({ key }) => !key.endsWith('/'));
    page = found.next;
  } while (page !== undefined);
}

/** Nothing for those who may not list them: the bucket's own rule does that work then. */
async function* unfinishedOf(
  objects: CloudObjects,
  attempts: Attempts,
  prefix: string,
): AsyncGenerator<readonly CloudObject[]> {
  let page: string | undefined;
  do {
    const request = { prefix, page };
    try {
      const found = await attempts.request('list', 0, ({ signal }) =>
        objects.listUnfinished(request, signal),
      );
      yield found.objects;
      page = found.next;
    } catch (error) {
      if (!(error instanceof GondolaError) || error.code !== 'lake_denied') throw error;
      return;
    }
  } while (page !== undefined);
}

async function putInParts(objects: CloudObjects, attempts: Attempts, key: string, bytes: Uint8Array) {
  const upload = await attempts.request('write', 0, ({ signal }) => objects.startParts(key, signal));
  try {
    await putParts(upload, attempts, bytes);
    await attempts.once(0, ({ signal }) => upload.complete(signal), COMPLETE_PATIENCE);
  } catch (error) {
    // Best effort: its failure must not hide the reason we are here.
    await attempts.once(0, ({ signal }) => upload.abort(signal)).catch(() => undefined);
    throw error;
  }
}

/** Returns when no part is on its way any more; after a failure no further one is sent. */
async function putParts(upload: PartsUpload, attempts: Attempts, bytes: Uint8Array): Promise<void> {
  const parts = partsOf(bytes);
  const senders = Array.from({ length: PARTS_AT_ONCE }, async () => {
    // Shared: a sender that throws closes the generator for all.
    for (const [number, part] of parts)
      await attempts.request('write', part.length, ({ signal }) => upload.put(number, part, signal));
  });
  const failed = (await Promise.allSettled(senders)).find((sender) => sender.status === 'rejected');
  if (failed) throw failed.reason;
}

function* partsOf(bytes: Uint8Array): Generator<[number: number, part: Uint8Array]> {
  for (let at = 0; at < bytes.length; at += PART_BYTES)
    yield [at / PART_BYTES + 1, bytes.subarray(at, at + PART_BYTES)];
}

function isSame(found: Uint8Array | null, bytes: Uint8Array): boolean {
  return found !== null && Buffer.compare(found, bytes) === 0;
}
