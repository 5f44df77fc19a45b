import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** Of chance: what nobody can guess needs no slow hash. */
const SECRET_BYTES = 32;
const KEY = /^gnd_([a-z0-9][a-z0-9-]{0,31})_[A-Za-z0-9_-]{43}$/;
const ID_CHARACTERS = 12;
const DAY_MS = 86_400_000;

/** SHA-256 of a key, in hexadecimal. The key itself stands nowhere. */
export const keyHashField = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of a key, 64 of 0-9 and a-f');

/** When a key ends: a time with its zone, or a day in UTC, which is its last; null: never. */
export const expiresField = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .nullable()
  .default(null);

export interface KeyEntry {
  readonly environment: string;
  readonly keyHash: string;
}

/** What a presented key turned out to be. */
export type KeyFinding<E> =
  | { readonly kind: 'known'; readonly entry: E }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'elsewhere'; readonly environment: string };

/** A new key and its hash: `gnd_<environment>_<256 bits>`. */
export function mintKey(
  environment: string,
  randomBytes: (size: number) => Buffer,
): { readonly key: string; readonly keyHash: string } {
  const key = `gnd_${environment}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { key, keyHash: hashOf(key).toString('hex') };
}

/** What a key may be called in logs and on the command line: nothing of it can be told from that. */
export const keyIdOf = ({ keyHash }: Pick<KeyEntry, 'keyHash'>): string => keyHash.slice(0, ID_CHARACTERS);

/** From when on the key is refused (ms); Infinity: never. */
export function endOf({ expires }: { readonly expires: string | null }): number {
  if (expires === null) return Infinity;
  return Date.parse(expires) + (expires.includes('T') ? 0 : DAY_MS);
}

/** The keys of one environment. */
export class KeyRing<E extends KeyEntry> {
  private readonly hashes: readonly Buffer[];

  constructor(
    private readonly entries: readonly E[],
    private readonly environment: string,
  ) {
    this.hashes = entries.map(({ keyHash }) => Buffer.from(keyHash, 'hex'));
  }

  /**
   * Whose key it is. All hashes are compared, whatever the first ones give, each in constant time: how long an answer
   * takes says nothing of them. A key that names another environment is not even hashed.
   */
  find(key: string): KeyFinding<E> {
    const named = KEY.exec(key)?.[1];
    if (named !== undefined && named !== this.environment) return { kind: 'elsewhere', environment: named };
    const hash = hashOf(key);
    let found: E | null = null;
    for (let at = 0; at < this.hashes.length; at++)
      if (timingSafeEqual(hash, this.hashes[at])) found = this.entries[at];
    return found && found.environment === named ? { kind: 'known', entry: found } : { kind: 'unknown' };
  }
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** Compared by their hashes, which takes as long whatever was sent. */
export const isSameSecret = (left: string, right: string): boolean =>
  timingSafeEqual(hashOf(left), hashOf(right));
