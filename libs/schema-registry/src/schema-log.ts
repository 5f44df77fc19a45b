import { randomUUID } from 'node:crypto';
import type { RemoteSchema, SchemaId } from '@gondola/contract';
import { GondolaError, type ObjectStore } from '@gondola/stream';

export interface LoggedSchema extends RemoteSchema {
  readonly id: SchemaId;
}

/** Number of an object of the log; 0 is before the first one. */
export type Generation = number;

export interface News {
  readonly schema: LoggedSchema;
  readonly generation: Generation;
}

interface LoggedObject {
  /** Tells whose the object is when an answer is lost. */
  readonly writer: string;
  readonly schemas: readonly LoggedSchema[];
}

const NUMBER_DIGITS = 20;

/**
 * The schemas of a registry that a lake's records were read by, in the order in which they were learnt: objects
 * `<folder>/<number>.json`, made by put-if-absent and never changed. With it, a process that starts while the registry
 * is down reads what it could read before; and a number says exactly which schemas were known.
 */
export class SchemaLog {
  private readonly writer = randomUUID();
  private read = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly folder: string,
  ) {}

  /** Of the newest object that was read. */
  get generation(): Generation {
    return this.read;
  }

  /** What was appended since the last call, by whomever. Nothing of it counts as read when this throws. */
  async news(): Promise<readonly News[]> {
    const news = await this.newsAfter(this.read);
    // Another stream's stage may have asked at the same time.
    this.read = Math.max(this.read, lastOf(news, 0));
    return news;
  }

  /**
   * Appends what nobody has appended since the last call. Returns all that is new; nothing of it counts as read when this throws,
   * and it may be repeated.
   */
  async append(schemas: readonly LoggedSchema[]): Promise<readonly News[]> {
    const news: News[] = [];
    for (;;) {
      news.push(...(await this.newsAfter(lastOf(news, this.read))));
      const known = new Set(news.map(({ schema }) => schema.id));
      const rest = schemas.filter(({ id }) => !known.has(id));
      const read = lastOf(news, this.read);
      if (rest.length === 0) {
        this.read = Math.max(this.read, read);
        return news;
      }
      const object: LoggedObject = { writer: this.writer, schemas: rest };
      // Taken by somebody else: what he knows is read, and what is left is tried again.
      await this.store.putIfAbsent(
        `${this.folder}/${nameOf(read + 1)}`,
        new TextEncoder().encode(JSON.stringify(object)),
      );
    }
  }

  private async newsAfter(read: Generation): Promise<readonly News[]> {
    const news: News[] = [];
    const last = read === 0 ? undefined : nameOf(read);
    for (const { path } of await this.store.list(this.folder, last)) {
      const generation = Number(/(\d+)\.json$/.exec(path)?.[1] ?? NaN);
      if (generation !== lastOf(news, read) + 1) continue;
      const { schemas } = await this.objectAt(generation);
      for (const schema of schemas) news.push({ schema, generation });
    }
    return news;
  }

  private async objectAt(number: Generation): Promise<LoggedObject> {
    const path = `${this.folder}/${nameOf(number)}`;
    const bytes = await this.store.get(path);
    try {
      if (bytes) return JSON.parse(new TextDecoder().decode(bytes)) as LoggedObject;
    } catch (cause) {
      throw new GondolaError('lake_corrupt', `${path} is not JSON`, false, { cause });
    }
    throw new GondolaError('lake_corrupt', `${path} is listed but not there`, true);
  }
}

/** Objects have at least one schema each. */
const lastOf = (news: readonly News[], before: Generation): Generation => news.at(-1)?.generation ?? before;

const nameOf = (number: Generation): string => `${String(number).padStart(NUMBER_DIGITS, '0')}.json`;
