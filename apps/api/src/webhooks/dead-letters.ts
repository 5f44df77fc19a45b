import { randomUUID } from 'node:crypto';
import { GondolaError, type ObjectStore } from '@gondola/stream';
import { z } from 'zod';
import { FAILURES } from './post.js';

/** refused: the receiver judged the message itself. attempts, age: beyond the subscription's limit. */
export const DEAD_REASONS = ['refused', 'attempts', 'age'] as const;
export type DeadReason = (typeof DEAD_REASONS)[number];

const letterSchema = z.object({
  subscription: z.string(),
  reason: z.enum(DEAD_REASONS),
  /** When it was given up: milliseconds since 1970. */
  givenUpMs: z.number(),
  attempts: z.number(),
  /** Of the last attempt; null: there was none. */
  failure: z.enum(FAILURES).nullable(),
  /** What the receiver answered last; null: nothing. */
  status: z.number().nullable(),
  event: z.looseObject({ id: z.string() }),
});
export type DeadLetter = z.output<typeof letterSchema>;

export interface LetterFile {
  readonly path: string;
  readonly letters: readonly DeadLetter[];
}

/**
 * What could not be sent: `_webhooks/dead/<subscription>/<time>-<id>.ndjson` of the environment, one letter a line with the event
 * itself, so that it can be sent when the signals table has forgotten it. Files are never changed.
 */
export class DeadLetters {
  private readonly folder: string;

  constructor(
    private readonly store: ObjectStore,
    environment: string,
  ) {
    this.folder = `${environment}/_webhooks/dead`;
  }

  /** Durable on return. `letters` are of one subscription. Errors: those of the store. */
  async put(letters: readonly DeadLetter[]): Promise<void> {
    const [first] = letters;
    if (!first) return;
    const name = `${String(first.givenUpMs).padStart(15, '0')}-${randomUUID()}.ndjson`;
    const text = letters.map((letter) => `${JSON.stringify(letter)}\n`).join('');
    await this.store.put(`${this.folder}/${first.subscription}/${name}`, new TextEncoder().encode(text));
  }

  /** Those of a subscription, the longest dead first. Errors: those of the store, `lake_corrupt`. */
  async *of(subscription: string): AsyncIterable<LetterFile> {
    for (const { path } of await this.store.list(`${this.folder}/${subscription}`)) {
      const bytes = await this.store.get(path);
      // Sent again by somebody else since.
      if (bytes) yield { path, letters: lettersOf(path, bytes) };
    }
  }

  remove({ path }: LetterFile): Promise<void> {
    return this.store.delete(path);
  }
}

function lettersOf(path: string, bytes: Uint8Array): DeadLetter[] {
  try {
    const lines = new TextDecoder().decode(bytes).split('\n');
    return lines.flatMap((line) => (line === '' ? [] : letterSchema.parse(JSON.parse(line))));
  } catch (cause) {
    throw new GondolaError('lake_corrupt', `${path} does not hold dead letters`, false, { cause });
  }
}
