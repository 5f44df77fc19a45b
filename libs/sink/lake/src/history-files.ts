import { gunzipSync, gzipSync } from 'node:zlib';
import { GondolaError, type ObjectStore, type Position } from '@gondola/stream';

/** Marks of a partition between the file before and the newest snapshot when it was written. */
export interface History {
  /** Id of the file with what was before, 0 when there is none. */
  readonly before: bigint;
  /** In the first file: where detection of the partition began; null in others, and where a version without history began it. */
  readonly beginsAt: Position | null;
  readonly madeMs: number;
  readonly marks: readonly string[];
}

interface Head {
  readonly before: string;
  readonly beginsAt: string | null;
  readonly madeMs: number;
}

/** What detection was told before its newest snapshot, as a chain of files: `<id>.history`, lines under gzip, the first says what the file is. */
export class HistoryFiles {
  constructor(
    private readonly store: ObjectStore,
    private readonly folder: string,
  ) {}

  async write(partition: string, id: bigint, { before, beginsAt, madeMs, marks }: History): Promise<void> {
    const head: Head = { before: `${before}`, beginsAt: beginsAt === null ? null : `${beginsAt}`, madeMs };
    const lines = [JSON.stringify(head), ...marks];
    await this.store.put(this.path(partition, id), gzipSync(lines.join('\n')));
  }

  /** Null when the object is not there. Throws `lake_corrupt` when it is not one. */
  async read(partition: string, id: bigint): Promise<(History & { readonly bytes: number }) | null> {
    const path = this.path(partition, id);
    const bytes = await this.store.get(path);
    if (!bytes) return null;
    try {
      const [first, ...marks] = gunzipSync(bytes).toString().split('\n');
      const { before, beginsAt, madeMs } = JSON.parse(first) as Head;
      const place = beginsAt === null ? null : BigInt(beginsAt);
      return { before: BigInt(before), beginsAt: place, madeMs, marks, bytes: bytes.length };
    } catch (cause) {
      throw new GondolaError('lake_corrupt', `${path} is no history of detection`, false, { cause });
    }
  }

  async delete(partition: string, id: bigint): Promise<void> {
    await this.store.delete(this.path(partition, id));
  }

  /** All marks of the chain that ends with `id`, oldest first; `beginsAt` null: what came first is not there (any more). */
  async readAll(
    partition: string,
    id: bigint,
  ): Promise<{ readonly beginsAt: Position | null; readonly marks: readonly string[] }> {
    const parts: (readonly string[])[] = [];
    let beginsAt: Position | null = null;
    for (let next = id; next !== 0n;) {
      const file = await this.read(partition, next);
      if (!file) return { beginsAt: null, marks: parts.reverse().flat() };
      parts.push(file.marks);
      ({ before: next, beginsAt } = file);
    }
    return { beginsAt, marks: parts.reverse().flat() };
  }

  private path(partition: string, id: bigint): string {
    return `${this.folder}/${partition}/${id}.history`;
  }
}
