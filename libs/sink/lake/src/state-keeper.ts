import { randomInt } from 'node:crypto';
import { GondolaError, type Checkpoint, type Clock, type Log, type Position } from '@gondola/stream';
import { PartitionState, replayDiffers, type CommittedState, type NamedSnapshot } from './partition-state.js';
import type { StateCopy, StateFiles } from './state-files.js';
import type { ExtraTransaction } from './table-writer.js';

/** When the state of a partition is written again. */
export interface SnapshotPolicy {
  /**
   * Records of all partitions since their snapshots began, and what was scored since as such: what a restart has to do again, at most
   * about as much.
   */
  readonly recordsMax: number;
  readonly ageMsMax: number;
}

export interface StateKeeperOptions {
  /** Begins a copy of the partition's state as of the last record read. */
  readonly copy: (partition: string) => StateCopy;
  readonly setup: string;
  readonly policy: SnapshotPolicy;
  /** A replay that differs from what was published is told of, and goes on. */
  readonly allowDifference: boolean;
  /** Whether the table still says so. */
  readonly isNamed: (entry: string, version: bigint) => Promise<boolean>;
  /** Told of each snapshot once a commit names it. */
  readonly onSnapshot: (snapshot: WrittenSnapshot) => void;
}

export interface WrittenSnapshot {
  readonly partition: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** When the oldest of the newest snapshots was begun, of all partitions that have one. */
  readonly oldestMadeMs: number;
}

/** What a restart of a partition begins with. */
export interface KeptState {
  readonly sections: readonly Uint8Array[];
  /** What was noted since, in order. */
  readonly marks: readonly string[];
  /** The state has seen what is before `position`; up to `until` everything was published before. */
  readonly position: Position;
  readonly until: Position;
  /** Of the settings that it was kept with. */
  readonly setup: string;
  /** How many were published. */
  readonly signals: bigint;
}

/** A snapshot that is written while events go on: one at a time. */
interface Running {
  readonly partition: string;
  readonly copy: StateCopy;
  done: NamedSnapshot | null;
}

/** Of the time, at most a fifth is spent on copying. */
const PAUSE_FACTOR = 4;
/** Marks that a restart would have to read through. */
const MARKS_MAX = 20_000;
/** A file of history that is smaller is written again with what comes next: there are never many small ones. */
const HISTORY_BYTES = 256 << 10;

/** Names of the `txn` entries beside a partition's position. */
export const stateEntry = (partition: string) => `${partition}#state`;
export const countEntry = (partition: string) => `${partition}#signals`;
export const marksEntry = (partition: string) => `${partition}#marks`;
export const historyEntry = (partition: string) => `${partition}#history`;
const checkEntry = (partition: string) => `${partition}#check`;

type Entry = (name: string) => bigint | undefined;

/** Keeps the detector's states: seldom a snapshot, with each commit what leads from it to there. See decisions/0032. */
export class StateKeeper {
  private states = new Map<string, PartitionState>();
  private running: Running | null = null;
  private notBeforeMs = -Infinity;
  private failure: Error | null = null;
  private isEnding = false;
  /** Objects that the table names until the commit that is prepared. */
  private replaced: (() => Promise<void>)[] = [];

  constructor(
    private readonly files: StateFiles,
    private readonly deps: { readonly clock: Clock; readonly log: Log },
    private readonly options: StateKeeperOptions,
  ) {}

  /** Where reading has to start, from what the table says. */
  async assigned(
    partitions: ReadonlyMap<string, Position | null>,
    entry: Entry,
  ): Promise<Map<string, Position | null>> {
    const starts = new Map<string, Position | null>();
    for (const [partition, position] of partitions) {
      const committed: CommittedState = {
        position,
        signals: entry(countEntry(partition)) ?? 0n,
        check: entry(checkEntry(partition)) ?? 0n,
        marksId: entry(marksEntry(partition)) ?? 0n,
        historyId: entry(historyEntry(partition)) ?? 0n,
      };
      const id = entry(stateEntry(partition));
      const manifest = id === undefined ? null : await this.files.manifest(partition, id);
      if (id !== undefined && !manifest) throw await this.gone(stateEntry(partition), id);
      const { marksId } = committed;
      const marks = marksId === 0n ? [] : await this.files.marks(partition, marksId);
      if (!marks) throw await this.gone(marksEntry(partition), marksId);
      const snapshot = id === undefined || !manifest ? null : { id, manifest };
      this.states.set(partition, new PartitionState(partition, snapshot, committed, marks));
      starts.set(partition, manifest?.position ?? position);
    }
    return starts;
  }

  /** Null for a partition that never committed. */
  async load(partition: string): Promise<KeptState | null> {
    const { snapshot, marks, committed, isReplaying } = this.stateOf(partition);
    if (!snapshot) return null;
    const { id, manifest } = snapshot;
    const sections = await this.files.sections(partition, id, manifest);
    if (!sections) throw await this.gone(stateEntry(partition), id);
    const until = committed.position ?? manifest.position;
    if (isReplaying)
      this.deps.log.info(
        { partition, from: String(manifest.position), until: String(until) },
        'reading again from the last state snapshot',
      );
    const { position, setup } = manifest;
    return { sections, marks, position, until, setup, signals: committed.signals };
  }

  stateOf(partition: string): PartitionState {
    const state = this.states.get(partition);
    if (state) return state;
    throw new Error(`partition ${partition} was never assigned`);
  }

  /** Every signal before this was published before. Throws `replay_differs`. */
  endReplay(partition: string): void {
    const state = this.stateOf(partition);
    if (!state.isReplaying) return;
    const what = state.endReplay();
    if (what === null) return;
    const error = replayDiffers(partition, what);
    const isExpected = state.snapshot?.manifest.setup !== this.options.setup;
    if (!this.options.allowDifference && !isExpected) throw error;
    state.acceptCommitted();
    const why = isExpected ? 'model or settings are others than those of the last snapshot' : error.message;
    this.deps.log.warn({ partition, code: error.code }, `${why}; what was published stands`);
  }

  /** The next commit is the last: it leaves a state that nothing has to be replayed on. */
  end(): void {
    this.isEnding = true;
  }

  /** What the commit has to say of states, its objects written. */
  async prepare(upTo: Checkpoint, hasSignals: (partition: string) => boolean): Promise<ExtraTransaction[]> {
    if (this.failure) throw this.failure;
    const extras: ExtraTransaction[] = [];
    for (const [partition, state] of this.states) {
      // Only what was read under this assignment: the state in memory is that of `upTo` and of nothing else.
      const position = upTo.get(partition);
      if (position === undefined || state.isReplaying) continue;
      const moved = position > (state.committed.position ?? 0n) || hasSignals(partition) || state.hasNewMarks;
      const isLast = this.isEnding && state.isStale(position);
      const ready = this.running?.partition === partition ? this.running.done : null;
      if (!moved && !isLast && !ready && !state.isBroken) continue;
      const isNeeded = state.snapshot === null || isLast || state.isBroken;
      const snapshot = isNeeded ? await this.writeNow(state, position) : ready;
      extras.push(...(await this.entriesOf(state, snapshot)));
    }
    return extras;
  }

  /** The table names what was prepared. */
  async committed(upTo: Checkpoint, entry: Entry): Promise<void> {
    for (const [partition, state] of this.states) {
      const position = upTo.get(partition);
      if (position === undefined || state.isReplaying) continue;
      state.wasCommitted({
        position,
        signals: state.next,
        check: state.check,
        marksId: entry(marksEntry(partition)) ?? 0n,
        historyId: entry(historyEntry(partition)) ?? 0n,
      });
    }
    const replaced = this.replaced;
    this.replaced = [];
    for (const remove of replaced) await remove();
    if (this.isEnding) this.stopRunning();
    else this.startDue(upTo);
  }

  discard(): void {
    this.stopRunning();
    this.states = new Map();
    this.replaced = [];
    this.isEnding = false;
  }

  private async entriesOf(
    state: PartitionState,
    snapshot: NamedSnapshot | null,
  ): Promise<ExtraTransaction[]> {
    const { partition, committed } = state;
    const extras: ExtraTransaction[] = [];
    const hadNewMarks = state.hasNewMarks;
    if (snapshot) {
      const before = state.snapshot;
      if (before)
        this.replaced.push(() => this.files.deleteSnapshot(partition, before.id, before.manifest.parts));
      const isFirst = before === null;
      const told = state.useSnapshot(snapshot);
      const historyId = await this.keepHistory(state, told, isFirst);
      if (historyId !== committed.historyId)
        extras.push({ name: historyEntry(partition), version: historyId });
      if (this.running?.partition === partition) this.running = null;
      this.tell(partition, snapshot);
      extras.push({ name: stateEntry(partition), version: snapshot.id });
    }
    let { marksId } = committed;
    if (hadNewMarks || snapshot) {
      if (marksId !== 0n) this.replaced.push(() => this.files.deleteMarks(partition, committed.marksId));
      const marks = state.takeMarks();
      marksId = marks.length > 0 ? newId() : 0n;
      if (marksId !== 0n) await this.files.writeMarks(partition, marksId, marks);
    }
    if (marksId !== committed.marksId) extras.push({ name: marksEntry(partition), version: marksId });
    extras.push({ name: countEntry(partition), version: state.next });
    extras.push({ name: checkEntry(partition), version: state.check });
    return extras;
  }

  /** What a replay from the beginning has to be told, before the snapshot that takes over. Returns the id of its newest file. */
  private async keepHistory(
    { partition, committed, beginning }: PartitionState,
    told: readonly string[],
    isFirst: boolean,
  ): Promise<bigint> {
    const begun = isFirst ? beginning : null;
    const marks = [...(begun?.marks ?? []), ...told];
    if (marks.length === 0 && !begun) return committed.historyId;
    const madeMs = this.deps.clock.nowMs();
    const { history } = this.files;
    const newest = committed.historyId === 0n ? null : await history.read(partition, committed.historyId);
    if (committed.historyId !== 0n && !newest)
      throw await this.gone(historyEntry(partition), committed.historyId);
    const id = newId();
    if (newest && newest.bytes < HISTORY_BYTES) {
      await history.write(partition, id, { ...newest, madeMs, marks: [...newest.marks, ...marks] });
      this.replaced.push(() => history.delete(partition, committed.historyId));
    } else {
      const beginsAt = begun?.position ?? null;
      await history.write(partition, id, { before: committed.historyId, beginsAt, madeMs, marks });
    }
    return id;
  }

  private tell(partition: string, { manifest: { bytes }, durationMs = 0 }: NamedSnapshot): void {
    // Of a partition that nothing came of since, nothing is read again, however old its snapshot is.
    const made = [...this.states.values()]
      .filter((state) => state.partition === partition || state.isReplaying || state.records > 0)
      .flatMap(({ snapshot }) => snapshot?.manifest.madeMs ?? []);
    this.options.onSnapshot({ partition, bytes, durationMs, oldestMadeMs: Math.min(...made) });
  }

  private async writeNow(state: PartitionState, position: Position): Promise<NamedSnapshot> {
    if (this.running?.partition === state.partition) this.stopRunning();
    state.startSnapshot();
    return this.write(state, position, this.options.copy(state.partition));
  }

  private async write(state: PartitionState, position: Position, copy: StateCopy): Promise<NamedSnapshot> {
    const { clock } = this.deps;
    const { partition } = state;
    const madeMs = clock.nowMs();
    const about = { position, signals: state.next, setup: this.options.setup, madeMs };
    const id = newId();
    const manifest = await this.files.write(partition, id, copy, about);
    const durationMs = clock.nowMs() - madeMs;
    this.notBeforeMs = clock.nowMs() + PAUSE_FACTOR * durationMs;
    return { id, manifest, durationMs };
  }

  /** Begins the snapshot that is most due. Memory is now what the table says: `upTo`, and nothing unpublished. */
  private startDue(upTo: Checkpoint): void {
    const { policy } = this.options;
    const nowMs = this.deps.clock.nowMs();
    if (this.running || nowMs < this.notBeforeMs) return;
    const able = [...this.states.values()].filter(
      (state) => !state.isReplaying && state.snapshot !== null && upTo.has(state.partition),
    );
    const sum = able.reduce((records, state) => records + state.records, 0);
    const isOld = ({ snapshot }: PartitionState) =>
      snapshot !== null && nowMs - snapshot.manifest.madeMs >= policy.ageMsMax;
    const isFull = sum >= policy.recordsMax;
    const due = able
      .filter((state) => isFull || state.marks.length >= MARKS_MAX || (isOld(state) && state.records > 0))
      .sort((left, right) => right.records - left.records)
      .at(0);
    const position = due && upTo.get(due.partition);
    if (due && position !== undefined) this.run(due, position);
  }

  private run(state: PartitionState, position: Position): void {
    const { partition } = state;
    state.startSnapshot();
    const copy = this.options.copy(partition);
    const running: Running = { partition, copy, done: null };
    this.running = running;
    this.write(state, position, copy).then(
      (snapshot) => {
        running.done = snapshot;
      },
      (error: unknown) => {
        // Stopped meanwhile: nobody waits for it.
        if (this.running !== running) return;
        this.stopRunning();
        state.giveSnapshotUp();
        if (!(error instanceof GondolaError)) {
          this.failure = error instanceof Error ? error : new Error(String(error));
          return;
        }
        const { code, message } = error;
        this.deps.log.warn({ partition, code }, `no state snapshot this time: ${message}`);
      },
    );
  }

  /** The last owner has committed once more since we looked, and removed what that replaced: look again. */
  private async gone(name: string, id: bigint): Promise<GondolaError> {
    const [code, canRetry] = (await this.options.isNamed(name, id))
      ? (['lake_corrupt', false] as const)
      : (['fenced', true] as const);
    const what = canRetry ? 'another owner has replaced' : 'the table names, and the lake has not,';
    return new GondolaError(code, `${what} the detection state ${name} ${id}`, canRetry);
  }

  private stopRunning(): void {
    this.running?.copy.stop();
    this.running = null;
  }
}

const newId = () => BigInt(randomInt(1, 2 ** 48 - 1));
