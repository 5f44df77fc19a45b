import {
  GondolaError,
  type Checkpoint,
  type Log,
  type Position,
  type RecordBatch,
  type Source,
  type SourceDeps,
  type SourceListener,
  type SourceOptions,
} from '@gondola/stream';
import { decodeBlocks } from './block.js';
import type { EmbeddedLog, PartitionEnds } from './embedded-log.js';

export interface EmbeddedSourceOptions extends SourceOptions {
  readonly batchBytesMax: number;
}

/** How often other processes' appends are looked for; this process's own wake a poll at once. */
const RECHECK_MS = 50;

/** Every reader gets every partition: two readers of one name are told apart by the lake's fenced commits alone. */
export function createEmbeddedSource(
  log: EmbeddedLog,
  options: EmbeddedSourceOptions,
  { clock, log: report }: Pick<SourceDeps, 'clock' | 'log'>,
): Source {
  const { stream, reader, batchBytesMax } = options;
  const next = new Map<string, number>();
  let turn = 0;

  async function open(listener: SourceListener): Promise<void> {
    const ends = log.ends(stream);
    const starts = await listener.assigned(ends.map((end) => end.partition));
    next.clear();
    for (const end of ends) next.set(end.partition, startOf(end, starts.get(end.partition), options, report));
  }

  /** Partitions take turns, so that a full one does not starve the others. */
  function readNext(): RecordBatch | null {
    const partitions = [...next.keys()];
    for (let step = 0; step < partitions.length; step++) {
      const partition = partitions[(turn + step) % partitions.length];
      const from = next.get(partition) ?? 0;
      const blocks = log.read(stream, partition, from, batchBytesMax);
      if (blocks.length === 0) continue;
      turn = (turn + step + 1) % partitions.length;
      const batch = decodeBlocks(stream, partition, blocks, from);
      next.set(partition, Number(batch.nextPosition));
      return batch;
    }
    return null;
  }

  async function poll(waitMs: number): Promise<RecordBatch | null> {
    const deadlineMs = clock.nowMs() + waitMs;
    for (;;) {
      const batch = readNext();
      const leftMs = deadlineMs - clock.nowMs();
      if (batch || leftMs <= 0) return batch;
      const stop = new AbortController();
      await Promise.race([
        clock.sleep(Math.min(leftMs, RECHECK_MS), stop.signal),
        log.nextAppend(stream, stop.signal),
      ]);
      stop.abort();
    }
  }

  return {
    stream,
    open,
    poll,
    caughtUp: async () =>
      log
        .ends(stream)
        .flatMap(({ partition, next: end }) => ((next.get(partition) ?? 0) >= end ? [partition] : [])),
    endPositions: async () => new Map(log.ends(stream).map((end) => [end.partition, BigInt(end.next)])),
    checkpoint: async (upTo: Checkpoint) => {
      log.saveReader(reader, stream, upTo);
    },
    close: async () => next.clear(),
  };
}

/** Where reading starts; throws `position_gap` when what was wanted is not there any more, or never was. */
function startOf(
  { partition, first, next: end }: PartitionEnds,
  wanted: Position | undefined,
  { stream, allowGap }: EmbeddedSourceOptions,
  report: Log,
): number {
  if (wanted === undefined) return first;
  const start = Number(wanted);
  if (start > end)
    throw new GondolaError(
      'position_gap',
      `${stream}/${partition}: the tables stand at ${start}, the stream ends at ${end}: it was made anew`,
      false,
    );
  if (start < first && !allowGap)
    throw new GondolaError(
      'position_gap',
      `${stream}/${partition}: records ${start} to ${first - 1} are no longer kept; set allowGap to go on without them`,
      false,
    );
  if (start < first)
    report.warn(
      { stream, partition, from: start, to: first - 1 },
      'records were forgotten before they were read; going on',
    );
  return Math.max(start, first);
}
