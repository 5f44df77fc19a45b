import {
  FencedError,
  from,
  PipelineRunner,
  recordAt,
  silentLog,
  silentObserver,
  systemClock,
  systemRandom,
  type Broker,
  type Clock,
  type CommitSink,
  type Position,
  type RecordBatch,
} from '@gondola/stream';

export interface LakeRow {
  readonly partition: string;
  readonly position: Position;
  readonly key: string;
  readonly value: string;
}

const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();

/**
 * Rows and the positions they reach, changed in one step and fenced, as a table of the lake does it: what sources are to be
 * exact with. Its rows are in the order of the commits.
 */
export class MemoryLake {
  readonly rows: LakeRow[] = [];
  readonly positions = new Map<string, Position>();
  fenced = 0;

  /** A writer's own view of the table. */
  sink(): CommitSink<RecordBatch> {
    let expected = new Map<string, Position | undefined>();
    let buffer: LakeRow[] = [];
    return {
      name: 'rows',
      assigned: async (partitions) => {
        buffer = [];
        expected = new Map(partitions.map((partition) => [partition, this.positions.get(partition)]));
        return new Map(partitions.map((partition) => [partition, expected.get(partition) ?? null]));
      },
      write: (batch) => {
        for (let index = 0; index < batch.count; index++) {
          const { position, key, value } = recordAt(batch, index);
          buffer.push({ partition: batch.partition, position, key: text(key), value: text(value) });
        }
      },
      buffered: () => ({ rows: buffer.length, bytes: buffer.length }),
      commit: async (upTo) => {
        for (const partition of upTo.keys()) {
          const [wanted, found] = [expected.get(partition), this.positions.get(partition)];
          if (wanted === found) continue;
          this.fenced++;
          throw new FencedError('rows', partition, String(wanted), String(found));
        }
        this.rows.push(...buffer);
        buffer = [];
        for (const [partition, position] of upTo) {
          this.positions.set(partition, position);
          expected.set(partition, position);
        }
      },
      discard: () => {
        buffer = [];
      },
    };
  }
}

/** An instance of a service that reads `stream` into the lake. */
export function lakeReader(
  lake: MemoryLake,
  broker: Broker,
  {
    stream,
    reader,
    once = false,
    clock = systemClock,
  }: { stream: string; reader: string; once?: boolean; clock?: Clock },
): PipelineRunner {
  const source = broker.source(
    { stream, reader, allowGap: false },
    { clock, log: silentLog, random: systemRandom },
  );
  return new PipelineRunner(
    from(source).into(lake.sink()).thenCheckpoint(),
    {
      name: 'reader',
      policy: { rowsMax: 5_000, bytesMax: 1 << 30, ageMsMax: 300, daysMax: 1_000, memoryBytesMax: Infinity },
      quarantineLimit: { shareMax: 1, windowRecords: 1_000 },
      pollMs: 100,
      once,
    },
    { clock, observer: silentObserver, log: silentLog, random: systemRandom, memoryBytes: () => 0 },
  );
}
