import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** The bytes of a file, unpacked when its name ends in `.gz`. A missing or damaged file fails the reading of it. */
export function openFile(path: string): Readable {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file;
  // The reader of the result sees the error, so the callback has nothing to add.
  return pipeline(file, createGunzip(), () => undefined);
}
