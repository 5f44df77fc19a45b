import { hash } from 'node:crypto';
import { GondolaError, type Position } from '@gondola/stream';
import type { Manifest } from './state-files.js';

/** 48 bits that follow from a row of signal ids: a number that a `txn` holds and a restart compares. */
class IdChain {
  private digest = '';

  add(signalId: string): void {
    this.digest = hash('sha256', this.digest + signalId, 'hex');
  }

  get value(): bigint {
    return BigInt(`0x0${this.digest.slice(0, 12)}`);
  }
}

/** A snapshot with the id that its objects have. */
export interface NamedSnapshot {
  readonly id: bigint;
  readonly manifest: Manifest;
  /** How long it took to write, where we did. */
  readonly durationMs?: number;
}

/** What the table says of a partition. */
export interface CommittedState {
  readonly position: Position | null;
  readonly signals: bigint;
  readonly check: bigint;
  readonly marksId: bigint;
  /** 0: none. */
  readonly historyId: bigint;
}

/** Where detection of a partition began, and what it has to be told there. */
export interface Beginning {
  readonly position: Position;
  readonly marks: readonly string[];
}

/** Where a snapshot began among what is kept since the one before. */
interface SnapshotStart {
  readonly marks: number;
  readonly chain: IdChain;
}

/** How one partition stands to its snapshot: what was said since, and what a replay has to be told. */
export class PartitionState {
  /** Number that the next signal gets. */
  next: bigint;
  /** Read since the newest snapshot began, and the work of scoring counted as records. */
  records = 0;
  isReplaying: boolean;
  /** The next commit has to bring a snapshot: what a replay would say is not what was said. */
  isBroken = false;
  /** Of a partition that never committed. */
  beginning: Beginning | null = null;
  private chain = new IdChain();
  private marksList: string[];
  private marksNamed: number;
  /** Those that the prepared commit names: more may come before it is made. */
  private marksWritten: number;
  private started: SnapshotStart | null = null;

  constructor(
    readonly partition: string,
    public snapshot: NamedSnapshot | null,
    public committed: CommittedState,
    marks: readonly string[],
  ) {
    this.marksList = [...marks];
    this.marksNamed = this.marksWritten = marks.length;
    this.next = snapshot?.manifest.signals ?? committed.signals;
    this.isReplaying = snapshot !== null && snapshot.manifest.position !== committed.position;
    // Marks and signals by the clock do not move the position.
    if (snapshot && (marks.length > 0 || this.next < committed.signals)) this.isReplaying = true;
  }

  get marks(): readonly string[] {
    return this.marksList;
  }

  /** Marks that the next commit names, as they are now. */
  takeMarks(): readonly string[] {
    this.marksWritten = this.marksList.length;
    return [...this.marksList];
  }

  get check(): bigint {
    return this.chain.value;
  }

  /** Marks that no commit has named yet. */
  get hasNewMarks(): boolean {
    return this.marksList.length > this.marksNamed;
  }

  /** Whether anything was said or told since the snapshot, or read up to `position`. */
  isStale(position: Position): boolean {
    return (
      this.snapshot?.manifest.position !== position ||
      this.marksList.length > 0 ||
      this.next !== this.snapshot.manifest.signals
    );
  }

  note(mark: string, at = this.marksList.length): void {
    this.marksList.splice(at, 0, mark);
  }

  said(signalId: string): void {
    this.next++;
    this.chain.add(signalId);
    this.started?.chain.add(signalId);
  }

  /** The replay ended here. Returns what differs from what was committed, null when nothing does. */
  endReplay(): string | null {
    this.isReplaying = false;
    const { signals, check } = this.committed;
    if (this.next !== signals) return `${this.next} signals where ${signals} were published`;
    return this.check === check ? null : `other signals than the ${signals} that were published`;
  }

  /** What was published stands, whatever the replay said. */
  acceptCommitted(): void {
    this.next = this.committed.signals;
    this.isBroken = true;
  }

  startSnapshot(): void {
    this.started = { marks: this.marksList.length, chain: new IdChain() };
    this.records = 0;
  }

  giveSnapshotUp(): void {
    this.started = null;
  }

  /** From now on only what came after the snapshot's beginning counts. Returns the marks of before. */
  useSnapshot(snapshot: NamedSnapshot): readonly string[] {
    if (!this.started) throw new Error(`no snapshot of partition ${this.partition} was begun`);
    this.snapshot = snapshot;
    this.chain = this.started.chain;
    const before = this.marksList.slice(0, this.started.marks);
    this.marksList = this.marksList.slice(this.started.marks);
    this.marksNamed = Math.max(0, this.marksNamed - this.started.marks);
    this.started = null;
    this.isBroken = false;
    return before;
  }

  wasCommitted(committed: CommittedState): void {
    this.committed = committed;
    this.marksNamed = this.marksWritten;
  }
}

export function replayDiffers(partition: string, what: string): GondolaError {
  return new GondolaError(
    'replay_differs',
    `partition ${partition}: replayed from the last state snapshot, detection gives ${what}: the input, the model or this version changed since; set snapshot.allowDifference to go on (what was published stands)`,
    false,
  );
}
