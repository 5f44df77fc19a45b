import { GondolaError, type Checkpoint, type Position, type SourceDeps } from '@gondola/stream';
import { inParallel } from './in-parallel.js';
import { planLeases, planTakes, type ListedShard } from './lease-plan.js';
import { checkpointAt, isFinished, SHARD_END, UNWRITTEN, type Lease, type LeaseStore } from './lease.js';

export interface KeeperOptions {
  readonly stream: string;
  /** Name of this instance in the leases, never used twice. */
  readonly me: string;
  /** A lease that nobody has written for so long is free. */
  readonly failoverMs: number;
  readonly allowGap: boolean;
}

export interface KeeperDeps extends SourceDeps {
  readonly store: LeaseStore;
  readonly listShards: () => Promise<ListedShard[]>;
}

/** A shard that is ours. A lease that nobody had yet is made by who takes it: one write, not two. */
interface Held {
  lease: Lease;
  /** The cycle from which on it may be read. */
  readonly readyCycle: number;
  acked: Position | null;
  quiet: Lease['quiet'];
  end: { readonly position: Position | null } | null;
  /** Its end is in the table, and what it opened the way to was looked for. */
  isOver: boolean;
}

/** Shards only come into being where others end; this is for those that nobody told us of. */
const LIST_SHARDS_MS = 60_000;
const RENEWALS = 3;

/**
 * Keeps our leases: renews them while we live, takes free ones up to our share, steals when the shares are uneven, gives
 * them back at the end. Runs beside reading, so that a slow pipeline keeps its shards. It is for balance alone: when two
 * instances believe that they own a shard, the lake's fenced commit decides.
 */
export class LeaseKeeper {
  private readonly held = new Map<string, Held>();
  /** What we saw of others' leases, and since when it stands still. */
  private readonly seen = new Map<
    string,
    { owner: string | null; counter: number; sinceMs: number; moved: boolean }
  >();
  private readonly renewMs: number;
  private readonly stopped = new AbortController();
  private alarm = new AbortController();
  private looping: Promise<void> = Promise.resolve();
  private cycles = 0;
  private listedMs = -Infinity;
  private finishedCount = -1;
  private failure: unknown = null;
  private readyShards = '';
  /** Goes up whenever `leases` gives other shards. */
  version = 0;

  constructor(
    private readonly deps: KeeperDeps,
    private readonly options: KeeperOptions,
  ) {
    this.renewMs = options.failoverMs / RENEWALS;
  }

  /**
   * Takes its share and goes on by itself. Waits until it is known of each lease whether its owner lives: else an instance
   * that was started again after a crash would believe that there is nothing to read.
   */
  async start(): Promise<void> {
    await this.deps.store.prepare();
    await this.cycle();
    while (this.isUnsure() && !this.stopped.signal.aborted) {
      await this.deps.clock.sleep(this.renewMs, this.stopped.signal);
      await this.cycle();
    }
    this.looping = this.loop();
  }

  /** Leases of the shards that may be read. Throws what made the keeper give up. */
  leases(): Lease[] {
    this.throwFailure();
    return this.readyHeld().map(({ lease }) => lease);
  }

  throwFailure(): void {
    if (this.failure !== null) throw this.failure;
  }

  checkpoint(upTo: Checkpoint): void {
    for (const [shard, position] of upTo) {
      const held = this.held.get(shard);
      if (held) held.acked = position;
    }
  }

  /** The shard held nothing after `position` just now. */
  quiet(shard: string, position: Position): void {
    const held = this.held.get(shard);
    if (held) held.quiet = { position, atMs: this.deps.clock.nowMs() };
  }

  /** The lake has all of the shard. `position` is where it ends, null when it held nothing. */
  finish(shard: string, position: Position | null): void {
    const held = this.held.get(shard);
    if (!held || held.end) return;
    held.end = { position };
    this.alarm.abort();
  }

  isOver(shard: string): boolean {
    return this.held.get(shard)?.isOver ?? false;
  }

  /** Gives the leases back, so that others can take them at once. */
  async close(): Promise<void> {
    this.stopped.abort();
    this.alarm.abort();
    await this.looping;
    const held = [...this.held.values()];
    this.held.clear();
    try {
      await inParallel(held, async (one) => {
        await this.deps.store.replace(one.lease, { ...written(one, one.lease), owner: null });
      });
    } catch (error) {
      if (!(error instanceof GondolaError)) throw error;
      this.warn(error, 'leases could not be given back; others wait for the failover time');
    }
  }

  private async loop(): Promise<void> {
    let isOutage = false;
    while (!this.stopped.signal.aborted) {
      await this.deps.clock.sleep(this.renewMs, this.alarm.signal);
      if (this.stopped.signal.aborted) return;
      this.alarm = new AbortController();
      try {
        await this.cycle();
        isOutage = false;
      } catch (error) {
        if (!(error instanceof GondolaError) || !error.canRetry) {
          this.failure = error;
          return;
        }
        if (!isOutage) this.warn(error, 'leases cannot be renewed; trying again until it works');
        isOutage = true;
      }
    }
  }

  private async cycle(): Promise<void> {
    this.cycles++;
    const found = await this.deps.store.list();
    this.look(found);
    const ending = [...this.held.values()].filter(({ end }) => end !== null);
    const renewed = await this.renew(found);
    const leases = await this.syncShards(renewed);
    await this.take(leases);
    for (const held of ending) held.isOver = isFinished(held.lease);
    const ready = this.readyHeld().map(({ lease }) => lease.shard);
    if (ready.join() !== this.readyShards) this.version++;
    this.readyShards = ready.join();
  }

  private look(leases: readonly Lease[]): void {
    const nowMs = this.deps.clock.nowMs();
    for (const { shard, owner, counter } of leases) {
      const before = this.seen.get(shard);
      if (before?.owner === owner && before.counter === counter) continue;
      this.seen.set(shard, { owner, counter, sinceMs: nowMs, moved: before !== undefined });
    }
  }

  private isLive({ shard, owner }: Lease): boolean {
    // Ours by a write whose answer was lost.
    if (owner === this.options.me) return this.held.has(shard);
    const sinceMs = this.seen.get(shard)?.sinceMs ?? -Infinity;
    return this.deps.clock.nowMs() - sinceMs < this.options.failoverMs;
  }

  private isUnsure(): boolean {
    const nowMs = this.deps.clock.nowMs();
    return [...this.seen].some(
      ([shard, { owner, moved, sinceMs }]) =>
        owner !== null && !moved && !this.held.has(shard) && nowMs - sinceMs < this.options.failoverMs,
    );
  }

  /** Writes ours, with what the lake has; forgets those that are no longer ours. Returns all as they stand now. */
  private async renew(leases: readonly Lease[]): Promise<Lease[]> {
    const current = new Map(leases.map((lease) => [lease.shard, lease]));
    await inParallel([...this.held.values()], async (held) => {
      const { shard } = held.lease;
      const before = current.get(shard);
      const after = before && written(held, before);
      const isOurs = before?.owner === this.options.me;
      if (after && isOurs && (await this.deps.store.replace(before, after))) {
        held.lease = after;
        current.set(shard, after);
      } else this.held.delete(shard);
    });
    return [...current.values()];
  }

  private async syncShards(leases: Lease[]): Promise<Lease[]> {
    const nowMs = this.deps.clock.nowMs();
    const finishedCount = leases.filter(isFinished).length;
    if (finishedCount === this.finishedCount && nowMs - this.listedMs < LIST_SHARDS_MS) return leases;
    const shards = await this.deps.listShards();
    const listed = new Set(shards.map(({ id }) => id));
    const gone = leases.filter(({ shard }) => !listed.has(shard));
    for (const lease of gone) await this.forget(lease);
    const kept = leases.filter(({ shard }) => listed.has(shard));
    const fresh = planLeases(shards, kept);
    this.finishedCount = finishedCount;
    this.listedMs = nowMs;
    return [...kept, ...fresh];
  }

  /** Of a shard that Kinesis no longer keeps. */
  private async forget(lease: Lease): Promise<void> {
    const { stream, allowGap } = this.options;
    const { shard, checkpoint } = lease;
    if (!isFinished(lease) && !allowGap)
      throw new GondolaError(
        'position_gap',
        `${stream}/${shard}: the shard is no longer kept and was read to ${checkpoint} only; set allowGap to go on without the rest`,
        false,
      );
    if (!isFinished(lease))
      this.deps.log.warn(
        { stream, partition: shard, from: checkpoint },
        'a shard was forgotten before it was read; going on',
      );
    this.held.delete(shard);
    await this.deps.store.remove(lease);
  }

  private async take(leases: readonly Lease[]): Promise<void> {
    const { me } = this.options;
    const plan = planTakes(leases, me, (lease) => this.isLive(lease), this.deps.random);
    // New shards beyond our share are another's to take: look again whether it does.
    if (leases.some((lease) => lease.counter === UNWRITTEN && !plan.includes(lease))) this.finishedCount = -1;
    await inParallel(plan, async (before) => {
      const isStolen = before.owner !== null && this.isLive(before);
      const lease: Lease = {
        ...before,
        owner: me,
        counter: before.counter + 1,
        ownerSwitches: before.ownerSwitches + 1,
      };
      const isNew = before.counter === UNWRITTEN;
      if (!(await (isNew ? this.deps.store.create(lease) : this.deps.store.replace(before, lease)))) return;
      // Who lost it sees that with the next renewal, and lets go what it has not committed: until then we wait.
      const readyCycle = this.cycles + (isStolen ? 1 : 0);
      this.held.set(before.shard, {
        lease,
        readyCycle,
        acked: null,
        quiet: null,
        end: null,
        isOver: isFinished(lease),
      });
    });
  }

  private readyHeld(): Held[] {
    return [...this.held.values()]
      .filter(({ readyCycle }) => readyCycle <= this.cycles)
      .sort((a, b) => (a.lease.shard < b.lease.shard ? -1 : 1));
  }

  private warn({ code, message }: GondolaError, text: string): void {
    this.deps.log.warn({ stream: this.options.stream, code }, `${message}; ${text}`);
  }
}

function written({ acked, quiet, end }: Held, lease: Lease): Lease {
  const counter = lease.counter + 1;
  if (isFinished(lease)) return { ...lease, counter };
  if (end)
    return {
      ...lease,
      counter,
      checkpoint: SHARD_END,
      subSequence: 0,
      ownerSwitches: 0,
      end: end.position,
      quiet: null,
    };
  return { ...lease, ...(acked === null ? {} : checkpointAt(acked)), counter, quiet: quiet ?? lease.quiet };
}
