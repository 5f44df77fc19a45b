import {
  GondolaError,
  startOf,
  type Checkpoint,
  type Lag,
  type Position,
  type RecordBatch,
  type Source,
  type SourceDeps,
  type SourceListener,
  type SourceOptions,
} from '@gondola/stream';
import { isRebalance, streamErrorOf } from './kafka-errors.js';
import { OutOfRange, type Member } from './member.js';
import type { TopicAdmin } from './topic-admin.js';

const LEAVE_MS_MAX = 5_000;
/** How long partitions that were added to the topic may go unseen. */
const GROWTH_CHECK_MS = 60_000;

/**
 * A source over a consumer group, whatever client is the member. The group says which partitions are ours, the listener where they
 * start; offsets in the group only follow. A member that failed is thrown away and the next `poll` joins anew:
 *
 *     open ->  join -> assign
 *     poll ->  (join when there is no member) -> (assign when the assignment changed) -> next batch
 *
 * A group that gives back the partitions we had goes unsaid: reading goes on where it was. No group notices by itself that its topic
 * has got more partitions: each member looks, and joins anew once.
 */
export function createGroupSource(
  newMember: () => Promise<Member>,
  admin: Topics,
  options: GroupOptions,
  deps: Pick<SourceDeps, 'clock' | 'log'>,
): Source {
  return new GroupSource(newMember, admin, options, deps);
}

type GroupOptions = Pick<SourceOptions, 'stream' | 'allowGap'>;

type Topics = Pick<TopicAdmin, 'prepare' | 'partitionCount' | 'ranges' | 'ends' | 'stableEnds'>;

class GroupSource implements Source {
  readonly stream: string;
  private member: Member | null = null;
  private listener: SourceListener | null = null;
  private partitions: readonly number[] = [];
  /** Assignment that the listener has not been told yet. */
  private untold: readonly number[] | null = null;
  private isTold = false;
  /** Where reading goes on, of each partition that is ours. */
  private reached: Map<string, Position> = new Map();
  /** Offsets that the group is to be told next, and the telling that is under way. */
  private uncommitted: ReadonlyMap<number, number> | null = null;
  private committing: Promise<void> | null = null;
  private isCommitRefused = false;
  private stableEnds: ReadonlyMap<number, number> = new Map();
  /** Partitions of the topic before the group was joined: what it has handed out is no less. */
  private partitionCount = 0;
  private checkGrowthAtMs = 0;

  constructor(
    private readonly newMember: () => Promise<Member>,
    private readonly admin: Topics,
    private readonly options: GroupOptions,
    private readonly deps: Pick<SourceDeps, 'clock' | 'log'>,
  ) {
    this.stream = options.stream;
  }

  async open(listener: SourceListener): Promise<void> {
    this.listener = listener;
    if (this.member) {
      // Still a member: only where to start what we have is asked anew.
      this.isTold = false;
      this.untold ??= this.partitions;
    }
    await this.guarded(async () => {
      await this.admin.prepare(this.stream, 1, false);
      await this.assigned();
    });
  }

  poll(waitMs: number): Promise<RecordBatch | null> {
    return this.guarded(async () => {
      if (this.member && this.deps.clock.nowMs() >= this.checkGrowthAtMs)
        await this.leaveWhenGrown(this.member);
      const member = await this.assigned();
      try {
        const batch = await member.next(waitMs);
        if (batch) this.reached.set(batch.partition, batch.nextPosition);
        return batch;
      } catch (error) {
        if (!(error instanceof OutOfRange)) throw error;
        await this.startAt(member, this.reached);
        return null;
      }
    });
  }

  async lag(): Promise<Lag> {
    const ends = await this.admin.ends(this.stream, this.partitions);
    const partitions = [...ends].map(([partition, end]): [string, number] => {
      const reached = Number(this.reached.get(String(partition)) ?? 0);
      // A member knows of markers behind the last record.
      const at = Math.max(reached, this.member?.position(partition) ?? 0);
      return [String(partition), Math.max(0, end - at)];
    });
    return { unit: 'records', partitions: new Map(partitions) };
  }

  async caughtUp(): Promise<readonly string[]> {
    const { member } = this;
    if (!member || this.untold) return [];
    const done = () =>
      this.partitions.filter(
        (partition) => member.position(partition) >= (this.stableEnds.get(partition) ?? 0),
      );
    // Ends only move up: only where all is read that we know of, the broker has to be asked.
    if (done().length === 0) return [];
    this.stableEnds = await this.admin.stableEnds(this.stream, this.partitions);
    return done().map(String);
  }

  async checkpoint(upTo: Checkpoint): Promise<void> {
    const ours = new Map<number, number>();
    for (const partition of this.partitions) {
      const position = upTo.get(String(partition));
      if (position !== undefined) ours.set(partition, Number(position));
    }
    if (!this.member || ours.size === 0) return;
    this.uncommitted = ours;
    this.committing ??= this.commit(this.member);
  }

  /** The newest offsets. Nobody waits for it: while the group changes hands, clients repeat a commit for seconds. */
  private async commit(member: Member): Promise<void> {
    while (this.uncommitted) {
      const offsets = this.uncommitted;
      this.uncommitted = null;
      try {
        await (this.member ?? member).commit(offsets);
        this.isCommitRefused = false;
      } catch (error) {
        // Whoever has the partitions next will say it again; the lake knows anyway.
        if (!isRebalance(error)) this.tellRefused(error);
      }
    }
    this.committing = null;
  }

  private tellRefused(error: unknown): void {
    const { code, message } = streamErrorOf(error, this.stream);
    if (!this.isCommitRefused)
      this.deps.log.warn({ stream: this.stream, code }, `${message}; lag tools are behind`);
    this.isCommitRefused = true;
  }

  async close(): Promise<void> {
    const { member } = this;
    if (this.committing) await this.inTime(this.committing);
    this.member = null;
    this.untold = null;
    this.isTold = false;
    this.partitions = [];
    if (member) await this.leave(member);
  }

  /** The member, with its newest assignment told and started. */
  private async assigned(): Promise<Member> {
    if (!this.member) {
      this.partitionCount = await this.nextCount();
      const member = await this.newMember();
      this.member = member;
      await member.join();
    }
    const { member } = this;
    this.untold = member.takeAssignment() ?? this.untold;
    if (this.untold) {
      await this.tell(member, this.untold);
      this.untold = null;
    }
    return member;
  }

  /** Joining anew makes the group share out what was added. */
  private async leaveWhenGrown(member: Member): Promise<void> {
    const count = await this.nextCount();
    if (count <= this.partitionCount) return;
    this.deps.log.warn(
      { stream: this.stream, partitions: count, before: this.partitionCount },
      'the topic has more partitions now; joining its group anew',
    );
    this.member = null;
    await this.leave(member);
  }

  private nextCount(): Promise<number> {
    this.checkGrowthAtMs = this.deps.clock.nowMs() + GROWTH_CHECK_MS;
    return this.admin.partitionCount(this.stream);
  }

  private async tell(member: Member, partitions: readonly number[]): Promise<void> {
    const { listener } = this;
    if (!listener) throw new GondolaError('stream_unavailable', `${this.stream} is not open`, false);
    // Whoever may have had them meanwhile has moved the lake on, and then our next commit is fenced.
    if (this.isTold && partitions.join() === this.partitions.join())
      return this.startAt(member, this.reached);
    if (this.isTold) await listener.revoked();
    this.isTold = false;
    this.reached = new Map(await listener.assigned(partitions.map(String)));
    this.isTold = true;
    this.partitions = partitions;
    await this.startAt(member, this.reached);
  }

  private async startAt(member: Member, starts: Checkpoint): Promise<void> {
    const ranges = await this.admin.ranges(this.stream, this.partitions);
    this.stableEnds = new Map();
    const offsets = new Map<number, number>();
    for (const [index, { first, end }] of ranges) {
      const partition = String(index);
      const place = { ...this.options, partition, log: this.deps.log };
      const kept = { first: BigInt(first), end: BigInt(end) };
      offsets.set(index, Number(startOf(place, kept, starts.get(partition))));
    }
    this.reached = new Map([...offsets].map(([partition, offset]) => [String(partition), BigInt(offset)]));
    member.read(offsets);
  }

  /** A coordinator that is gone does not say good-bye, and must not keep us. */
  private async leave(member: Member): Promise<void> {
    await this.inTime(member.leave());
  }

  private async inTime(work: Promise<void>): Promise<void> {
    const done = new AbortController();
    await Promise.race([work, this.deps.clock.sleep(LEAVE_MS_MAX, done.signal)]);
    done.abort();
  }

  /** A failed member holds connections and a place in the group: it is left behind at once, and the next call joins anew. */
  private async guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      // What the listener or the ranges say of the lake is no fault of the member.
      if (error instanceof GondolaError) throw error;
      const { member } = this;
      this.member = null;
      if (member) await this.leave(member);
      throw streamErrorOf(error, this.stream);
    }
  }
}
