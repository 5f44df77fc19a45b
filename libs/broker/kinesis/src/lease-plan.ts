import { isFinished, newLease, type Lease } from './lease.js';

/** A shard as ListShards tells it. */
export interface ListedShard {
  readonly id: string;
  /** The one it was split from, or the two it was merged from, gone ones too. */
  readonly parents: readonly string[];
}

/**
 * Leases to take next: of the free ones what makes our share, of the most loaded owner what is over its share. Shares are of
 * unfinished shards; finished ones cost nothing and go to whoever comes first.
 * `isLive` says whether the owner of a lease is still seen, and of ours, whether we know of it. Random numbers keep two instances from the same choice.
 */
export function planTakes(
  leases: readonly Lease[],
  me: string,
  isLive: (lease: Lease) => boolean,
  random: () => number,
): Lease[] {
  const isFree = (lease: Lease) => lease.owner === null || !isLive(lease);
  const open = leases.filter((lease) => !isFinished(lease));
  const loads = new Map([[me, 0]]);
  for (const lease of open)
    if (lease.owner !== null && !isFree(lease)) loads.set(lease.owner, (loads.get(lease.owner) ?? 0) + 1);
  const share = Math.ceil(open.length / loads.size);
  const mine = loads.get(me) ?? 0;
  const finished = leases.filter((lease) => isFinished(lease) && isFree(lease));
  const free = shuffled(open.filter(isFree), random);
  if (free.length > 0) return [...finished, ...free.slice(0, Math.max(0, share - mine))];

  const [richest, most] = [...loads].reduce((best, one) => (one[1] > best[1] ? one : best));
  // A whole share apart by rounding is balance; two apart is not.
  const wanted = most > share ? Math.min(share - mine, most - share) : most - mine >= 2 ? 1 : 0;
  const theirs = open.filter(({ owner }) => owner === richest && owner !== me);
  return [...finished, ...shuffled(theirs, random).slice(0, Math.max(0, wanted))];
}

/**
 * Leases for shards that may be read from now on: those whose parents were read to the end, or are no longer kept. A shard
 * that is not ready has no lease, so nobody can be ahead of its parents.
 */
export function planLeases(shards: readonly ListedShard[], leases: readonly Lease[]): Lease[] {
  const listed = new Set(shards.map(({ id }) => id));
  const leaseOf = new Map(leases.map((lease) => [lease.shard, lease]));
  const isDone = (parent: string): boolean => {
    const lease = leaseOf.get(parent);
    return !listed.has(parent) || (lease !== undefined && isFinished(lease));
  };
  return shards
    .filter(({ id, parents }) => !leaseOf.has(id) && parents.every(isDone))
    .map(({ id, parents }) => newLease(id, parents));
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
