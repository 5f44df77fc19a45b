import {
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
  const { stream, reader, batchBytesMax, allowGap } = options;
  const next = new Map<string, number>();
  let turn = 0;

  async function open(listener: SourceListener): Promise<void> {
    const ends = log.ends(stream);
    const starts = await listener.assigned(ends.map((end) => end.partition));
    next.clear();
    for (const one of ends) moveIntoKept(one, starts.get(one.partition));
  }

  function moveIntoKept(
    { partition, first, next: end }: PartitionEnds,
    wanted: Position | undefined,
  ): number {
    const place = { stream, partition, allowGap, log: report };
    const start = Number(startOf(place, { first: BigInt(first), end: BigInt(end) }, wanted));
    next.set(partition, start);
    return start;
  }

  /** Partitions take turns, so that a full one does not starve the others. */
  function readNext(): RecordBatch | null {
    const partitions = [...next.keys()];
    for (let step = 0; step < partitions.length; step++) {
      const partition = partitions[(turn + step) % partitions.length];
      const from = next.get(partition) ?? 0;
      const blocks = log.read(stream, partition, from, batchBytesMax);
      if (blocks.length === 0) continue;
      // Positions have no holes but those that retention makes.
      if (blocks[0].base > from) caughtUp();
      turn = (turn + step + 1) % partitions.length;
      const batch = decodeBlocks(stream, partition, blocks, from);
      next.set(partition, Number(batch.nextPosition));
      return batch;
    }
    return null;
  }

  /** Throws `position_gap` when retention has passed us. */
  function caughtUp(): string[] {
    return log.ends(stream).flatMap((one) => {
      const at = next.get(one.partition);
      if (at === undefined) return [];
      return moveIntoKept(one, BigInt(at)) >= one.next ? [one.partition] : [];
    });
  }

  async function poll(waitMs: number): Promise<RecordBatch | null> {
    const deadlineMs = clock.nowMs() + waitMs;
    for (;;) {
      const batch = readNext();
      const leftMs = deadlineMs - clock.nowMs();
      if (batch || leftMs <= 0) return batch;
      const stop = new AbortController();
      const waited = clock.sleep(Math.min(leftMs, RECHECK_MS), stop.signal);
      await Promise.race([waited, log.nextAppend(stream, stop.signal)]);
      stop.abort();
    }
  }

  return {
    stream,
    open,
    poll,
    caughtUp: async () => caughtUp(),
    lag: async () => lagOf(log.ends(stream), next),
    checkpoint: async (upTo: Checkpoint) => {
      log.saveReader(reader, stream, upTo);
    },
    close: async () => next.clear(),
  };
}

function lagOf(ends: readonly PartitionEnds[], next: ReadonlyMap<string, number>): Lag {
  const partitions = ends.flatMap(({ partition, next: end }): [string, number][] => {
    const at = next.get(partition);
    return at === undefined ? [] : [[partition, Math.max(0, end - at)]];
  });
  return { unit: 'records', partitions: new Map(partitions) };
}
