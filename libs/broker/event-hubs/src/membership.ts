import type { CheckpointStore, PartitionOwnership } from '@azure/event-hubs';
import { type GondolaError, type SourceDeps } from '@gondola/stream';
import { streamError } from './errors.js';
import { partitionsToClaim } from './fair-share.js';
import { inParallel } from './in-parallel.js';

export interface MembershipOptions {
  readonly ownerId: string;
  readonly fullyQualifiedNamespace: string;
  readonly eventHubName: string;
  readonly consumerGroup: string;
  /** An owner that has not been heard of for so long is taken for dead. */
  readonly ownerSilentMsMax: number;
}

export interface MembershipDeps extends SourceDeps {
  readonly store: CheckpointStore | null;
  readonly partitionIds: () => Promise<readonly string[]>;
  /** Called when `owned` or `failure` has changed. */
  readonly onChange: () => void;
}

const BALANCE_MS = 2_000;
/** The owner of an older claim is dead at first sight, if our clock is no further ahead of the storage server's than this. */
const SURELY_DEAD_MS = 5 * 60_000;

/**
 * Which partitions are ours, by the ownership that instances of a consumer group keep in the checkpoint store.
 *
 *     list -> claim (renew what is ours, take free ones up to a fair share, steal from the richest) -> list what was free
 *
 * The store's first claim of a partition is unconditional, and nobody waits at a hand-over: ownership only says who should
 * read. Who may, is said by the owner level (epoch) of the receiver: the second of the claim by the storage server's own
 * clock, one more than that of the claim before at least, so that a later owner has the higher one and an earlier one cannot
 * come back (the client attaches a lost link again by itself, without a word). What is published is guarded
 * by the lake's commit alone.
 *
 * It goes on in the background, so that membership stays alive while nobody polls. Without a store every partition is ours.
 */
export class Membership {
  /** Partition -> owner level. */
  private levels: ReadonlyMap<string, number> = new Map();
  private failed: GondolaError | null = null;
  private readonly stopped = new AbortController();
  private readonly renewedMs = new Map<string, number>();
  /** When we first saw the claim that an owner's partition has now: its last sign of life, by our own clock. */
  private readonly seen = new Map<string, { readonly etag: string; readonly sinceMs: number }>();
  /** Partitions that we were driven out of, how often, and until when we leave them alone if the store says they are ours. */
  private readonly drivenOut = new Map<string, { readonly times: number; readonly untilMs: number }>();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: MembershipOptions,
    private readonly deps: MembershipDeps,
  ) {}

  owned(): ReadonlyMap<string, number> {
    return this.levels;
  }

  /** What no retry can help, found in the background. */
  failure(): GondolaError | null {
    return this.failed;
  }

  /** Claims what is ours to begin with. Errors: `stream_unavailable`, a `SetupError`. */
  async join(): Promise<void> {
    await this.balance();
    this.loop = this.balanceAgainAndAgain();
  }

  /** Somebody with a higher owner level reads this partition: it is not ours, whatever the store says. */
  driveOut(partition: string): void {
    const times = (this.drivenOut.get(partition)?.times ?? 0) + 1;
    const waitMs = Math.min(this.options.ownerSilentMsMax, BALANCE_MS * 2 ** times);
    this.drivenOut.set(partition, { times, untilMs: this.deps.clock.nowMs() + waitMs });
    this.become(new Map([...this.levels].filter(([one]) => one !== partition)));
  }

  /** Gives everything up, so that others need not wait until we are taken for dead. */
  async leave(): Promise<void> {
    this.stopped.abort();
    await this.loop;
    const { store } = this.deps;
    if (!store || this.levels.size === 0) return;
    const owners = await this.listOwners(store);
    await inParallel(this.levels.keys(), async (partition) => {
      const ownership = owners.get(partition);
      if (ownership?.ownerId === this.options.ownerId)
        await store.claimOwnership([{ ...ownership, ownerId: '' }]);
    });
  }

  private async balanceAgainAndAgain(): Promise<void> {
    const { clock, random, log } = this.deps;
    let isTold = false;
    for (;;) {
      await clock.sleep(BALANCE_MS * (0.75 + random() / 2), this.stopped.signal);
      if (this.stopped.signal.aborted) return;
      try {
        await this.balance();
        isTold = false;
      } catch (error) {
        const found = streamError(error, 'the checkpoint store');
        if (!found.canRetry) this.failed = found;
        if (!found.canRetry) return this.deps.onChange();
        if (!isTold) log.warn({ code: found.code }, `${found.message}; partitions stay as they are`);
        isTold = true;
      }
    }
  }

  private async balance(): Promise<void> {
    const partitions = await this.deps.partitionIds();
    const { store } = this.deps;
    if (!store) return this.takeAll(partitions);
    const before = await this.listOwners(store);
    const had = this.levels;
    const levels = new Map(
      [...had].filter(([partition]) => before.get(partition)?.ownerId === this.options.ownerId),
    );
    const wanted = this.wanted(partitions, before, levels);
    await inParallel(wanted, (partition) => this.claim(store, partition, before.get(partition), levels));
    // A first claim asks nothing of what is there: only a second look says whose it is.
    const isFirst = [...wanted].some((partition) => levels.has(partition) && !before.has(partition));
    const after = isFirst ? await this.listOwners(store) : null;
    for (const partition of levels.keys()) {
      const isOthers = after && after.get(partition)?.ownerId !== this.options.ownerId;
      const isDrivenOut = had.has(partition) && !this.levels.has(partition);
      if (isOthers || isDrivenOut) levels.delete(partition);
    }
    this.become(levels);
  }

  /** Renewals that are due, and what a fair share lacks. */
  private wanted(
    partitions: readonly string[],
    owners: ReadonlyMap<string, PartitionOwnership>,
    levels: ReadonlyMap<string, number>,
  ): Set<string> {
    const nowMs = this.deps.clock.nowMs();
    const alive = new Map<string, string | null>();
    for (const partition of partitions) {
      const ownership = owners.get(partition);
      const isOurs = ownership?.ownerId === this.options.ownerId;
      if (ownership && !isOurs) this.drivenOut.delete(partition);
      if (levels.has(partition)) alive.set(partition, this.options.ownerId);
      else if (isOurs && this.isLeftAlone(partition, nowMs)) alive.set(partition, 'who drove us out');
      else alive.set(partition, ownership && this.isAlive(ownership, nowMs) ? ownership.ownerId : null);
    }
    const isDue = (partition: string) =>
      nowMs - (this.renewedMs.get(partition) ?? 0) >= this.options.ownerSilentMsMax / 3;
    return new Set([
      ...[...levels.keys()].filter(isDue),
      ...partitionsToClaim(this.options.ownerId, alive, this.deps.random),
    ]);
  }

  private isAlive(
    { partitionId, ownerId, etag = '', lastModifiedTimeInMs = 0 }: PartitionOwnership,
    nowMs: number,
  ) {
    // Ours by name, yet not read by us: we were driven out and may come back.
    if (ownerId === '' || ownerId === this.options.ownerId) return false;
    let known = this.seen.get(partitionId);
    if (known?.etag !== etag) {
      // Only at first sight is the storage server's clock believed, and then with a wide margin.
      const isSurelyDead = !known && nowMs - lastModifiedTimeInMs > SURELY_DEAD_MS;
      known = { etag, sinceMs: isSurelyDead ? -Infinity : nowMs };
      this.seen.set(partitionId, known);
    }
    return nowMs - known.sinceMs < this.options.ownerSilentMsMax;
  }

  private isLeftAlone(partition: string, nowMs: number): boolean {
    return (this.drivenOut.get(partition)?.untilMs ?? 0) > nowMs;
  }

  private async claim(
    store: CheckpointStore,
    partitionId: string,
    before: PartitionOwnership | undefined,
    levels: Map<string, number>,
  ): Promise<void> {
    const { fullyQualifiedNamespace, eventHubName, consumerGroup } = this.options;
    const [claimed] = await store.claimOwnership([
      {
        ...{ fullyQualifiedNamespace, eventHubName, consumerGroup },
        ...{ partitionId, ownerId: this.options.ownerId, etag: before?.etag },
      },
    ]);
    if (!claimed) return void levels.delete(partitionId);
    this.renewedMs.set(partitionId, this.deps.clock.nowMs());
    const level = Math.max(secondOf(claimed), before ? secondOf(before) + 1 : 0);
    if (!levels.has(partitionId)) levels.set(partitionId, level);
  }

  private takeAll(partitions: readonly string[]): void {
    const nowMs = this.deps.clock.nowMs();
    const level = Math.floor(nowMs / 1_000);
    const ours = partitions.filter((partition) => !this.isLeftAlone(partition, nowMs));
    this.become(new Map(ours.map((partition) => [partition, this.levels.get(partition) ?? level])));
  }

  private async listOwners(store: CheckpointStore): Promise<Map<string, PartitionOwnership>> {
    const { fullyQualifiedNamespace, eventHubName, consumerGroup } = this.options;
    const all = await store.listOwnership(fullyQualifiedNamespace, eventHubName, consumerGroup);
    return new Map(all.map((ownership) => [ownership.partitionId, ownership]));
  }

  private become(levels: ReadonlyMap<string, number>): void {
    const isSame =
      levels.size === this.levels.size &&
      [...levels].every(([partition, level]) => this.levels.get(partition) === level);
    if (isSame) return;
    this.levels = levels;
    this.deps.onChange();
  }
}

const secondOf = ({ lastModifiedTimeInMs = 0 }: PartitionOwnership) =>
  Math.floor(lastModifiedTimeInMs / 1_000);
