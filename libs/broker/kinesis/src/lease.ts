import type { Position } from '@gondola/stream';
import { sequenceNumberOf, userRecordOf } from './kinesis-position.js';

/** Who reads a shard, as Amazon's reader library (KCL) keeps it: one item of its table. */
export interface Lease {
  readonly shard: string;
  readonly owner: string | null;
  /** Goes up with every write: a lease whose counter stands still has lost its owner. */
  readonly counter: number;
  /** Sequence number of the newest record that the lake has, `TRIM_HORIZON` or `SHARD_END`. */
  readonly checkpoint: string;
  /** Place of that record in an aggregated record. */
  readonly subSequence: number;
  readonly ownerSwitches: number;
  readonly parents: readonly string[];
  /** Of a shard that was read to its end: the lake's position there, null when the shard held nothing. Not KCL's. */
  readonly end: Position | null;
  /** The shard held nothing after `position` at `atMs`, when it was last looked. Not KCL's. */
  readonly quiet: { readonly position: Position; readonly atMs: number } | null;
}

/** Counter of a lease that is in no table yet. */
export const UNWRITTEN = -1;
export const TRIM_HORIZON = 'TRIM_HORIZON';
export const SHARD_END = 'SHARD_END';

export const isFinished = ({ checkpoint }: Lease): boolean => checkpoint === SHARD_END;

export const newLease = (shard: string, parents: readonly string[]): Lease => ({
  shard,
  owner: null,
  counter: UNWRITTEN,
  checkpoint: TRIM_HORIZON,
  subSequence: 0,
  ownerSwitches: 0,
  parents,
  end: null,
  quiet: null,
});

/** KCL writes down the last record that is done with, the lake the next one that it wants. */
export const checkpointAt = (
  next: Position,
): Pick<Lease, 'checkpoint' | 'subSequence' | 'ownerSwitches'> => ({
  checkpoint: sequenceNumberOf(next - 1n),
  subSequence: userRecordOf(next - 1n),
  ownerSwitches: 0,
});

/** The leases of one reader of one stream. Errors: `stream_unavailable`, a `SetupError` when the table may not be used. */
export interface LeaseStore {
  /** Makes the table when it is not there. */
  prepare(): Promise<void>;
  list(): Promise<Lease[]>;
  /** Does nothing when the shard has one; says whether it had none. */
  create(lease: Lease): Promise<boolean>;
  /** Writes `after` if owner and counter are still those of `before`, and says whether they were. */
  replace(before: Lease, after: Lease): Promise<boolean>;
  remove(lease: Lease): Promise<void>;
}

/** For the only instance there is: what the leases say is in its memory. */
export function createMemoryLeases(): LeaseStore {
  const leases = new Map<string, Lease>();
  return {
    prepare: async () => {},
    list: async () => [...leases.values()],
    create: async (lease) => {
      if (leases.has(lease.shard)) return false;
      leases.set(lease.shard, lease);
      return true;
    },
    replace: async (before, after) => {
      const found = leases.get(before.shard);
      if (found?.owner !== before.owner || found.counter !== before.counter) return false;
      leases.set(after.shard, after);
      return true;
    },
    remove: async ({ shard }) => void leases.delete(shard),
  };
}
