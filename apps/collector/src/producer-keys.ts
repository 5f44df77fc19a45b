import {
  appendToKeysFile,
  expiresField,
  endOf,
  keyHashField,
  KeyRing,
  mintKey,
  readKeysFile,
} from '@gondola/access';
import { environmentField, parseConfig } from '@gondola/config';
import { isTimeZone, MAPPED_FORMATS } from '@gondola/mappers';
import { SetupError } from '@gondola/stream';
import { z } from 'zod';
import { openWebhook, webhookSchema, type Webhook } from './webhook.js';

const PRODUCERS_MAX = 1_000;

const producerSchema = z.strictObject({
  /** Who sends with it: a label of metrics and a word of log lines. */
  producer: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, A-Z, 0-9, dot, - and _'),
  environment: environmentField,
  keyHash: keyHashField,
  expires: expiresField,
  /** What it may send: subjects, or all that begin with what stands before a last `*`. */
  subjects: z.array(z.string().min(1)).min(1).default(['*']),
  eventsPerSecond: z.number().positive().default(1_000),
  /** What its bodies are. A webhook cannot choose its content, so its key says it. */
  format: z.enum(['cloudevents', ...MAPPED_FORMATS]).default('cloudevents'),
  /** Of documents that name no store, no zone of their times, no currency. */
  storeId: z.string().min(1).nullable().default(null),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be a time zone, like America/Bogota')
    .nullable()
    .default(null),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three letters of ISO 4217, like COP')
    .nullable()
    .default(null),
  /** It may send to /v1/events/from/<producer> without its key, signed. */
  webhook: webhookSchema.nullable().default(null),
});
const keyFileSchema = z.array(producerSchema).max(PRODUCERS_MAX);

export type Producer = z.output<typeof producerSchema>;
/** As it is asked for: checked when its key is made. */
export type NewProducer = Omit<z.input<typeof producerSchema>, 'keyHash' | 'format'> & {
  readonly format?: string;
};

/** What a presented key turned out to be. */
export type KeyFinding =
  | { readonly kind: 'producer'; readonly producer: Producer }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'elsewhere'; readonly environment: string };

/** The producers of a key file. Errors: `config_invalid`, naming entry and field. */
export function readKeyFile(path: string): readonly Producer[] {
  return readKeysFile({ path, schema: keyFileSchema, field: 'keysFile', madeBy: 'npx gondola keys new' });
}

/** The keys of one environment's door. */
export class ProducerKeys {
  private readonly ring: KeyRing<Producer>;
  private readonly webhooks = new Map<string, Webhook>();

  /** Reads the secrets of webhooks. Errors: `config_invalid`. */
  constructor(
    private readonly producers: readonly Producer[],
    private readonly environment: string,
  ) {
    this.ring = new KeyRing(producers, environment);
    for (const producer of producers) {
      const webhook = producer.environment === environment ? openWebhook(producer) : null;
      if (!webhook) continue;
      if (this.webhooks.has(producer.producer))
        throw new SetupError('config_invalid', `keysFile: ${producer.producer} has two webhooks`);
      this.webhooks.set(producer.producer, webhook);
    }
  }

  /** Producer -> when its key ends that ends next (ms), of those that still work; when none does, the last that did. */
  nextEnds(nowMs: number): ReadonlyMap<string, number> {
    const next = new Map<string, number>();
    for (const producer of this.producers) {
      const endMs = endOf(producer);
      if (endMs === Infinity || producer.environment !== this.environment) continue;
      const known = next.get(producer.producer);
      const isNext =
        known === undefined || known <= nowMs ? endMs > (known ?? 0) : endMs > nowMs && endMs < known;
      if (isNext) next.set(producer.producer, endMs);
    }
    return next;
  }

  webhookOf(producer: string): Webhook | null {
    return this.webhooks.get(producer) ?? null;
  }

  /** Whose key it is: see `KeyRing`. */
  find(key: string): KeyFinding {
    const found = this.ring.find(key);
    return found.kind === 'known' ? { kind: 'producer', producer: found.entry } : found;
  }
}

/** Whether the producer may send events of the subject. */
export function maySend({ subjects }: Pick<Producer, 'subjects'>, subject: string): boolean {
  return subjects.some((allowed) =>
    allowed.endsWith('*') ? subject.startsWith(allowed.slice(0, -1)) : subject === allowed,
  );
}

/** Adds an entry to the file, which is made with its folder when it is not there, and returns the key: the only time that it is known. */
export function addKey(path: string, entry: NewProducer, randomBytes: (size: number) => Buffer): string {
  const { key, keyHash } = mintKey(entry.environment, randomBytes);
  const full = { ...entry, keyHash };
  parseConfig('the new key', producerSchema, full);
  appendToKeysFile(path, full);
  // Says what is wrong with a file that somebody else wrote, before the key is handed out.
  readKeyFile(path);
  return key;
}
