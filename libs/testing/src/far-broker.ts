import {
  positionAt,
  type Broker,
  type Checkpoint,
  type Position,
  type RecordBatch,
  type Source,
  type SourceListener,
} from '@gondola/stream';

/** Where the positions of a `farBroker` begin: beyond 64 bits, as those of Kinesis are. */
const FIRST = 2n ** 200n + 123_456_789n;
/** Between two records. Not a round number, so that every part of a position changes. */
const STEP = 2n ** 61n * 3n + 7n;
const SHARD = 'shardId-';

/** The position that a `farBroker` gives to the record at `position` of the source below it. */
export const farPosition = (position: Position): Position => FIRST + position * STEP;

/** ... and what it calls the partition. */
export const farPartition = (partition: string): string => SHARD + partition.padStart(12, '0');

/** The first record of the source below that is not before `position`. */
const nearPosition = (position: Position): Position =>
  position <= FIRST ? 0n : (position - FIRST + STEP - 1n) / STEP;
const nearPartition = (partition: string): string => String(Number(partition.slice(SHARD.length)));

/** A broker with the records of another in partitions like the shards of Kinesis: positions of 201 bits, with wide holes. */
export function farBroker(near: Broker): Broker {
  return {
    kind: 'kinesis',
    prepare: (stream, partitions) => near.prepare(stream, partitions),
    source: (options, deps) => farSource(near.source(options, deps)),
    sink: (stream) => near.sink(stream),
    close: () => near.close(),
  };
}

function farSource(near: Source): Source {
  const toNear = (checkpoint: Checkpoint): Checkpoint =>
    new Map([...checkpoint].map(([name, position]) => [nearPartition(name), nearPosition(position)]));
  const listening = (listener: SourceListener): SourceListener => ({
    assigned: async (partitions) => toNear(await listener.assigned(partitions.map(farPartition))),
    revoked: () => listener.revoked(),
  });
  return {
    stream: near.stream,
    open: (listener) => near.open(listening(listener)),
    poll: async (waitMs) => {
      const batch = await near.poll(waitMs);
      return batch && farBatch(batch);
    },
    lag: async () => {
      const { unit, partitions } = await near.lag();
      return { unit, partitions: new Map([...partitions].map(([name, lag]) => [farPartition(name), lag])) };
    },
    caughtUp: async () => (await near.caughtUp()).map(farPartition),
    checkpoint: (upTo) => near.checkpoint(toNear(upTo)),
    close: () => near.close(),
  };
}

function farBatch(batch: RecordBatch): RecordBatch {
  const positions = Array.from({ length: batch.count }, (_, index) => farPosition(positionAt(batch, index)));
  // As with Kinesis, all that is known of the next record is that it comes after this one.
  const nextPosition = positions[positions.length - 1] + 1n;
  return { ...batch, partition: farPartition(batch.partition), positions, nextPosition };
}
