import { SIGNAL_COLUMNS, signalOfRow, signalTable, type Signal } from '@gondola/events';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import {
  type BatchContext,
  type Checkpoint,
  type CommitSink,
  type OutgoingRecord,
  type Position,
  type Published,
  type RecordSink,
} from '@gondola/stream';
import { allOf } from './all-of.js';
import { StateFiles } from './state-files.js';
import { countEntry, StateKeeper, type KeptState, type StateKeeperOptions } from './state-keeper.js';
import { sentTo, TableWriter, type ExtraTransaction, type LakeDeps } from './table-writer.js';

export interface PartitionSignals {
  readonly partition: string;
  readonly signals: readonly Signal[];
  /** Shelves that were scored for them, again in a replay. */
  readonly scoredShelves?: number;
  /** They follow from records that were read before: the table has them. */
  readonly isReplayed?: boolean;
}

export interface SignalSinkOptions {
  readonly stream: string;
  readonly state: Omit<StateKeeperOptions, 'isNamed'>;
  /** Where signals are published once the table has them. */
  readonly output: RecordSink;
  readonly encode: (signal: Signal) => OutgoingRecord;
}

const PATH = 'signals';
const SIGNAL_BYTES_ABOUT = 1_000;
/** To replay a shelf's hour costs as much as so many records, about: trees take 11 us, a record 5. */
const SCORED_AS_RECORDS = 2;

/**
 * Signals, the positions they come from and what leads from the last snapshot of the detector's state to there, in one
 * commit of the signals table. A restart reads again from the snapshot's position; signals up to the committed position are
 * then compared, not written (state-keeper.ts). The output stream follows the table: signals are numbered per partition,
 * the stream knows the last number it took, and what it lacks is read from the table at the next start.
 */
export class SignalSink implements CommitSink<readonly PartitionSignals[]> {
  readonly name = PATH;
  private readonly writer: TableWriter;
  private readonly states: StateKeeper;
  private uncommitted = new Map<string, Signal[]>();
  private unpublished = new Map<string, Signal[]>();
  private prepared: readonly ExtraTransaction[] | null = null;

  constructor(
    private readonly deps: LakeDeps,
    private readonly options: SignalSinkOptions,
  ) {
    const { stream } = options;
    const { store, environment } = deps;
    this.states = new StateKeeper(new StateFiles(store, `${environment}/_state/detect/${stream}`), deps, {
      ...options.state,
      isNamed: async (name, version) =>
        (await this.snapshot())?.transactions.get(`${stream}/${name}`) === version,
    });
    this.writer = new TableWriter(deps, {
      path: PATH,
      columns: SIGNAL_COLUMNS,
      dateColumn: 'event_date',
      stream,
    });
  }

  async assigned(partitions: readonly string[]): Promise<ReadonlyMap<string, Position | null>> {
    const positions = await this.writer.assigned(partitions);
    this.discard();
    await allOf(partitions.map((partition) => this.publishMissing(partition)));
    return this.states.assigned(positions, (name) => this.writer.extra(name));
  }

  /** State to begin with, null for a partition that never committed. */
  kept(partition: string): Promise<KeptState | null> {
    return this.states.load(partition);
  }

  /** Where a partition without state is read from, and what a replay of all of it has to be told first. */
  begin(partition: string, position: Position, marks: readonly string[]): void {
    this.states.stateOf(partition).beginning = { position, marks };
  }

  /** Keeps what detection was told that its input does not say, for a replay to tell it again; `at`: before that many others. */
  note(partition: string, mark: string, at?: number): void {
    this.states.stateOf(partition).note(mark, at);
  }

  write(all: readonly PartitionSignals[], { records }: BatchContext): void {
    for (const { partition, signals, scoredShelves = 0, isReplayed = false } of all) {
      const state = this.states.stateOf(partition);
      if (!isReplayed) state.records += SCORED_AS_RECORDS * scoredShelves;
      if (partition === records.partition && !isReplayed) state.records += records.count;
      if (!isReplayed) this.states.endReplay(partition);
      const ordinal = state.next;
      for (const { signalId } of signals) state.said(signalId);
      if (isReplayed || signals.length === 0) continue;
      const numbered = signals.map((signal, at) => withOrdinal(signal, Number(ordinal) + at));
      const rows = signalTable(numbered, { stream: this.options.stream, partition, ordinal });
      this.writer.add(rows, signals.length * SIGNAL_BYTES_ABOUT);
      this.uncommitted.set(partition, [...(this.uncommitted.get(partition) ?? []), ...numbered]);
    }
  }

  buffered(): { rows: number; bytes: number } {
    return this.writer.buffered();
  }

  published(): readonly Published[] {
    const tables = this.writer.published();
    return tables.flatMap((table) => [table, sentTo(this.options.output, table.rows)]);
  }

  async commit(upTo: Checkpoint): Promise<void> {
    if (this.unpublished.size === 0) await this.commitTable(upTo);
    await allOf(
      [...this.unpublished].map(async ([partition, signals]) => {
        const sequence = Number(this.states.stateOf(partition).next - BigInt(signals.length));
        await this.publish(partition, sequence, signals);
        this.unpublished.delete(partition);
      }),
    );
  }

  ending(): void {
    this.states.end();
  }

  discard(): void {
    this.writer.discard();
    this.uncommitted = new Map();
    this.unpublished = new Map();
    this.prepared = null;
    this.states.discard();
  }

  private async commitTable(upTo: Checkpoint): Promise<void> {
    this.prepared ??= await this.states.prepare(upTo, (partition) => this.uncommitted.has(partition));
    await this.writer.commit(upTo, this.prepared);
    this.unpublished = this.uncommitted;
    this.uncommitted = new Map();
    this.prepared = null;
    await this.states.committed(upTo, (name) => this.writer.extra(name));
  }

  /** Signals that the table has and the output stream has not: the last process died between the two. */
  private async publishMissing(partition: string): Promise<void> {
    const total = this.writer.extra(countEntry(partition)) ?? 0n;
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

  private producerOf(partition: string): string {
    return `${this.deps.environment}/${this.options.stream}/${partition}`;
  }
}

const withOrdinal = (signal: Signal, ordinal: number): Signal => ({
  ...signal,
  receipt: signal.receipt && { ...signal.receipt, ordinal },
});
