import {
  appendToKeysFile,
  endOf,
  expiresField,
  keyHashField,
  keyIdOf,
  KeyRing,
  mintKey,
  readKeysFile,
  removeFromKeysFile,
  type KeyFinding,
} from '@gondola/access';
import { environmentField, parseConfig } from '@gondola/config';
import { SCOPES, type Scope } from '@gondola/nest';
import { z } from 'zod';

const CALLERS_MAX = 1_000;

const callerSchema = z.strictObject({
  /** Who asks with it: a word of log lines. A role or a program, not a person's name. */
  caller: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, A-Z, 0-9, dot, - and _'),
  environment: environmentField,
  keyHash: keyHashField,
  expires: expiresField,
  /** `admin` includes the others. */
  scopes: z.array(z.enum(SCOPES)).min(1),
  /** Null: what the configuration says for all. */
  requestsPerSecond: z.number().positive().nullable().default(null),
});
const fileSchema = z.array(callerSchema).max(CALLERS_MAX);

/** An entry of the file. */
export type CallerEntry = z.output<typeof callerSchema>;
/** As it is asked for: checked when its key is made. */
export type NewCaller = Omit<z.input<typeof callerSchema>, 'keyHash' | 'scopes'> & {
  readonly scopes: readonly string[];
};

/** Errors: `config_invalid`, naming entry and field. */
export const readCallers = (path: string): readonly CallerEntry[] =>
  readKeysFile({ path, schema: fileSchema, field: 'access.keysFile', madeBy: 'npx gondola keys create' });

/** Adds an entry and returns the key: the only time that it is known. Errors: `config_invalid`. */
export function addCaller(path: string, entry: NewCaller, randomBytes: (size: number) => Buffer): string {
  const { key, keyHash } = mintKey(entry.environment, randomBytes);
  const full = { ...entry, keyHash };
  parseConfig('the new key', callerSchema, full);
  appendToKeysFile(path, full);
  // Says what is wrong with a file that somebody else wrote, before the key is handed out.
  readCallers(path);
  return key;
}

/** Takes the entry of a key out; null: there is none of that id. */
export function removeCaller(path: string, keyId: string): CallerEntry | null {
  const callers = readCallers(path);
  const at = callers.findIndex((one) => keyIdOf(one) === keyId);
  if (at < 0) return null;
  removeFromKeysFile(path, at);
  return callers[at];
}

/** The callers of one environment. */
export class Callers {
  private readonly ring: KeyRing<CallerEntry>;
  private readonly byId: ReadonlyMap<string, CallerEntry>;

  constructor(entries: readonly CallerEntry[], environment: string) {
    this.ring = new KeyRing(entries, environment);
    const own = entries.filter((one) => one.environment === environment);
    this.byId = new Map(own.map((one) => [keyIdOf(one), one]));
  }

  find(key: string): KeyFinding<CallerEntry> {
    return this.ring.find(key);
  }

  /** By the id of its key: who has a session. */
  get(keyId: string): CallerEntry | null {
    return this.byId.get(keyId) ?? null;
  }
}

/** Who asks, and what they may. */
export interface Caller {
  /** For logs: never a key or a name of a person. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Null: as many as they like. */
  readonly requestsPerSecond: number | null;
}

export const isEnded = (entry: CallerEntry, nowMs: number): boolean => endOf(entry) <= nowMs;

export const scopesOf = (names: readonly string[]): ReadonlySet<Scope> =>
  names.includes('admin') ? new Set(SCOPES) : new Set(SCOPES.filter((scope) => names.includes(scope)));
