import { GondolaError, type ObjectStore } from '@gondola/stream';
import { z } from 'zod';
import type { Place } from './signal-log.js';

const stateSchema = z.object({
  /** Instance that sends; null: the last one has stopped. */
  owner: z.string().nullable(),
  /** Subscription -> everything before it is sent or a dead letter. */
  places: z.record(z.string(), z.object({ version: z.int(), rows: z.int() })),
});

interface SenderState {
  readonly owner: string | null;
  readonly places: Readonly<Record<string, Place>>;
}

export interface NumberedState {
  readonly number: number;
  readonly state: SenderState;
}

/** How often a state that was removed while it was looked for is looked for anew. */
const LOOKS_MAX = 10;

/**
 * Who sends webhooks of an environment, and how far it is: objects `_webhooks/state/<number>.json`, each created once. Whoever creates
 * the next one owns what it says; of two who try one is told that it is too late. See decision note 0050.
 */
export class SenderStates {
  private readonly folder: string;

  constructor(
    private readonly store: ObjectStore,
    environment: string,
  ) {
    this.folder = `${environment}/_webhooks/state`;
  }

  /** null: nobody ever sent. Errors: those of the store, `lake_corrupt`. */
  async newest(): Promise<NumberedState | null> {
    for (let look = 0; look < LOOKS_MAX; look++) {
      const path = (await this.store.list(this.folder)).at(-1)?.path;
      if (path === undefined) return null;
      const bytes = await this.store.get(path);
      // Removed since: there is a newer one.
      if (bytes) return { number: numberOf(path), state: parsed(path, bytes) };
    }
    throw new GondolaError('lake_unavailable', `${this.folder} changes faster than it can be read`, true);
  }

  /** False: another instance was faster. Errors: those of the store; then it may be there or not. */
  async create({ number, state }: NumberedState): Promise<boolean> {
    const bytes = new TextEncoder().encode(JSON.stringify(state));
    const path = this.pathOf(number);
    if (!(await this.store.putIfAbsent(path, bytes))) return false;
    // Who slept for long may have made one anew that others had made and removed: then there are newer ones.
    const name = path.slice(this.folder.length + 1);
    if ((await this.store.list(this.folder, name)).length > 0) return false;
    // The one before stays: somebody may be about to read it.
    if (number >= 2) await this.store.delete(this.pathOf(number - 2));
    return true;
  }

  private pathOf(number: number): string {
    return `${this.folder}/${String(number).padStart(20, '0')}.json`;
  }
}

const numberOf = (path: string): number => Number(path.slice(path.lastIndexOf('/') + 1, -'.json'.length));

function parsed(path: string, bytes: Uint8Array): SenderState {
  try {
    return stateSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new GondolaError('lake_corrupt', `${path} is no state of webhooks`, false, { cause });
  }
}
