import { randomInt } from 'node:crypto';
import { SIGNAL_COLUMNS, signalOfRow, signalTable, type Signal } from '@gondola/events';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import {
  GondolaError,
  type Checkpoint,
  type CommitSink,
  type OutgoingRecord,
  type Position,
  type RecordSink,
} from '@gondola/stream';
import { TableWriter, type ExtraTransaction, type LakeDeps } from './table-writer.js';

export interface PartitionSignals {
  readonly partition: string;
  readonly signals: readonly Signal[];
}

export interface SignalSinkOptions {
  readonly stream: string;
  /** The state of everything that remembers, as of the last record read: kept with the positions of a commit. */
  readonly snapshot: (partition: string) => Uint8Array;
  /** Where signals are published once the table has them. */
  readonly output: RecordSink;
  readonly encode: (signal: Signal) => OutgoingRecord;
}

const PATH = 'signals';
const SIGNAL_BYTES_ABOUT = 1_000;

/** Names of the `txn` entries beside a partition's position. */
const stateOf = (partition: string) => `${partition}#state`;
const countOf = (partition: string) => `${partition}#signals`;

/**
 * Signals, the positions they come from and the detector's state, in one commit of the signals table: a restart goes on
 * from exactly there. The output stream follows the table: signals are numbered per partition, the stream knows the
 * last number it took, and what it lacks is read from the table at the next start.
 */
export class SignalSink implements CommitSink<readonly PartitionSignals[]> {
  readonly name = PATH;
  private readonly writer: TableWriter;
  private partitions: readonly string[] = [];
  /** Partition -> number that its next signal gets. */
  private next = new Map<string, bigint>();
  private uncommitted = new Map<string, Signal[]>();
  private unpublished = new Map<string, Signal[]>();
  private prepared: readonly ExtraTransaction[] | null = null;

  constructor(
    private readonly deps: LakeDeps,
    private readonly options: SignalSinkOptions,
  ) {
    const { stream } = options;
    this.writer = new TableWriter(deps, {
      path: PATH,
      columns: SIGNAL_COLUMNS,
      dateColumn: 'event_date',
      stream,
    });
  }

  async assigned(partitions: readonly string[]): Promise<ReadonlyMap<string, Position | null>> {
    this.partitions = partitions;
    const positions = await this.writer.assigned(partitions);
    this.discard();
    for (const partition of partitions) await this.publishMissing(partition);
    return positions;
  }

  /** State that belongs to the table's position, null for a partition that never committed. */
  async stateOf(partition: string): Promise<Uint8Array | null> {
    const id = this.writer.extra(stateOf(partition));
    if (id === undefined) return null;
    const path = this.statePath(partition, id);
    const bytes = await this.deps.store.get(path);
    if (bytes) return bytes;
    const now = (await this.snapshot())?.transactions;
    if (now?.get(`${this.options.stream}/${stateOf(partition)}`) === id)
      throw new GondolaError(
        'lake_corrupt',
        `the detection state that ${PATH} names is missing: ${path}`,
        false,
      );
    // The last owner has committed once more since we looked, and removed what that replaced: look again.
    throw new GondolaError(
      'fenced',
      `${PATH}: partition ${partition} is still written by its last owner`,
      true,
    );
  }

  write(all: readonly PartitionSignals[]): void {
    for (const { partition, signals } of all) {
      if (signals.length === 0) continue;
      const ordinal = this.next.get(partition) ?? 0n;
      const rows = signalTable(signals, { stream: this.options.stream, partition, ordinal });
      this.writer.add(rows, signals.length * SIGNAL_BYTES_ABOUT);
      this.next.set(partition, ordinal + BigInt(signals.length));
      this.uncommitted.set(partition, [...(this.uncommitted.get(partition) ?? []), ...signals]);
    }
  }

  buffered(): { rows: number; bytes: number } {
    return this.writer.buffered();
  }

  async commit(upTo: Checkpoint): Promise<void> {
    if (this.unpublished.size === 0) await this.commitTable(upTo);
    for (const [partition, signals] of this.unpublished) {
      const sequence = Number((this.next.get(partition) ?? 0n) - BigInt(signals.length));
      await this.publish(partition, sequence, signals);
      this.unpublished.delete(partition);
    }
  }

  discard(): void {
    this.writer.discard();
    this.uncommitted = new Map();
    this.unpublished = new Map();
    this.prepared = null;
    this.next = new Map(
      this.partitions.map((partition) => [partition, this.writer.extra(countOf(partition)) ?? 0n]),
    );
  }

  private async commitTable(upTo: Checkpoint): Promise<void> {
    this.prepared ??= await this.writeStates(upTo);
    const replaced = this.partitions.flatMap((partition) => {
      const id = this.writer.extra(stateOf(partition));
      const isReplaced = this.prepared?.some((extra) => extra.name === stateOf(partition)) ?? false;
      return id !== undefined && isReplaced ? [this.statePath(partition, id)] : [];
    });
    await this.writer.commit(upTo, this.prepared);
    this.unpublished = this.uncommitted;
    this.uncommitted = new Map();
    this.prepared = null;
    for (const path of replaced) await this.deps.store.delete(path);
  }

  private async writeStates(upTo: Checkpoint): Promise<ExtraTransaction[]> {
    const extras: ExtraTransaction[] = [];
    for (const partition of this.partitions) {
      // Only what was read under this assignment: the state in memory is that of `upTo` and of nothing else.
      const position = upTo.get(partition);
      const hasMoved = position !== undefined && position > (this.writer.position(partition) ?? 0n);
      if (!hasMoved && !this.uncommitted.has(partition)) continue;
      const id = BigInt(randomInt(1, 2 ** 48 - 1));
      await this.deps.store.put(this.statePath(partition, id), this.options.snapshot(partition));
      extras.push({ name: stateOf(partition), version: id });
      extras.push({ name: countOf(partition), version: this.next.get(partition) ?? 0n });
    }
    return extras;
  }

  /** Signals that the table has and the output stream has not: the last process died between the two. */
  private async publishMissing(partition: string): Promise<void> {
    const total = this.writer.extra(countOf(partition)) ?? 0n;
    const published = BigInt(await this.options.output.lastSequence(this.producerOf(partition))) + 1n;
    if (published >= total) return;
    const missing = await this.readSignals(partition, published);
    await this.publish(partition, Number(published), missing);
  }

  private async publish(partition: string, sequence: number, signals: readonly Signal[]): Promise<void> {
    await this.options.output.append(signals.map(this.options.encode), {
      id: this.producerOf(partition),
      sequence,
    });
  }

  private async readSignals(partition: string, from: bigint): Promise<Signal[]> {
    const path = `${this.deps.environment}/${PATH}`;
    const rows: { ordinal: bigint; signal: Signal }[] = [];
    for (const file of (await this.snapshot())?.files ?? []) {
      const bytes = await readDataFile(this.deps.store, path, file);
      for (const row of await readParquet(bytes)) {
        const ordinal = BigInt(row['ordinal'] as bigint);
        const isOurs = row['source_stream'] === this.options.stream && row['source_partition'] === partition;
        if (isOurs && ordinal >= from) rows.push({ ordinal, signal: signalOfRow(row) });
      }
    }
    return rows.sort((left, right) => Number(left.ordinal - right.ordinal)).map((row) => row.signal);
  }

  private snapshot() {
    return readSnapshot(this.deps.store, `${this.deps.environment}/${PATH}`, readCheckpoint);
  }

  private statePath(partition: string, id: bigint): string {
    return `${this.deps.environment}/_state/detect/${this.options.stream}/${partition}/${id}.bin`;
  }

  private producerOf(partition: string): string {
    return `${this.deps.environment}/${this.options.stream}/${partition}`;
  }
}
