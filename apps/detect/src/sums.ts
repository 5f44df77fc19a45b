import { decodeSums, encodeSums, type SumsRecord } from '@gondola/detect';
import {
  from,
  PipelineRunner,
  SetupError,
  valueAt,
  type CommitSink,
  type OutgoingRecord,
  type Position,
  type Published,
  type RecordBatch,
  type RecordSink,
  type RunnerOptions,
  type WholeStream,
} from '@gondola/stream';
import type { DetectDeps } from './detect.js';
import type { PartitionFindings } from './detect.pipeline.js';

/** Hours of other partitions' sums that are kept for partitions that are yet to be assigned. */
const HOURS_KEPT = 6;

/**
 * Tells other detectors what this one's stores said. At least once, and with the flush whether or not that is committed then: who
 * reads takes each hour of a sender once, and two owners of a partition say the same.
 */
export class SumsSink implements CommitSink<readonly PartitionFindings[]> {
  readonly name = 'sums';
  private records: OutgoingRecord[] = [];
  private bytes = 0;
  private sent = 0;

  constructor(private readonly output: RecordSink) {}

  async assigned(): Promise<ReadonlyMap<string, Position | null>> {
    this.discard();
    return new Map();
  }

  write(all: readonly PartitionFindings[]): void {
    for (const { sums } of all)
      for (const record of sums) {
        const value = encodeSums(record);
        const timestampMs = record.hour * 3_600_000;
        this.records.push({ key: new TextEncoder().encode(record.sender), value, timestampMs });
        this.bytes += value.length;
      }
  }

  buffered(): { rows: number; bytes: number } {
    return { rows: this.records.length, bytes: this.bytes };
  }

  async commit(): Promise<void> {
    if (this.records.length > 0) await this.output.append(this.records);
    this.sent += this.records.length;
    this.discard();
  }

  published(): readonly Published[] {
    const rows = this.sent;
    this.sent = 0;
    return rows > 0 ? [{ kind: 'stream', name: this.output.stream, rows }] : [];
  }

  discard(): void {
    this.records = [];
    this.bytes = 0;
  }
}

/** The newest hours that were told, for engines that are made later. */
export class ToldSums {
  private records: SumsRecord[] = [];

  /** `onSums` gives them to the engines that there are. */
  constructor(private readonly onSums: (record: SumsRecord) => void) {}

  take(record: SumsRecord): void {
    this.records.push(record);
    const oldest = record.hour - HOURS_KEPT;
    if (this.records[0].hour < oldest) this.records = this.records.filter(({ hour }) => hour >= oldest);
    this.onSums(record);
  }

  all(): readonly SumsRecord[] {
    return this.records;
  }
}

/**
 * Reads what others tell, from the oldest record that the stream has. Nothing waits for it and its health is nobody's: what
 * does not come is a missing feature.
 */
export function followSums(
  stream: string,
  told: ToldSums,
  options: Omit<RunnerOptions, 'name' | 'once'>,
  deps: DetectDeps,
): WholeStream {
  const { broker, log } = deps;
  if (!broker.wholeSource)
    throw new SetupError(
      'config_invalid',
      `detection.sumsStream: a stream of ${broker.kind} cannot be read by every instance; leave it null`,
    );
  let isOddTold = false;
  const take = (records: RecordBatch) => {
    for (let index = 0; index < records.count; index++) {
      const record = decodeSums(valueAt(records, index) ?? new Uint8Array(0));
      if (record) told.take(record);
      else if (!isOddTold) {
        isOddTold = true;
        log.warn(
          { pipeline: 'detect-sums', stream },
          'there are records that are no sums of this version: left out',
        );
      }
    }
  };
  const sink: CommitSink<RecordBatch> = {
    name: 'sums',
    assigned: async () => new Map(),
    write: take,
    buffered: () => ({ rows: 0, bytes: 0 }),
    commit: async () => {},
    discard: () => {},
  };
  const pipeline = from(broker.wholeSource(stream, deps)).into(sink).thenCheckpoint();
  const runner = new PipelineRunner(pipeline, { ...options, name: 'detect-sums', once: false }, deps);
  const since = { state: 'healthy', detail: '', sinceMs: deps.clock.nowMs() } as const;
  return {
    name: runner.name,
    health: () => since,
    run: (signal) => runner.run(signal),
    whole: Promise.resolve(),
  };
}
