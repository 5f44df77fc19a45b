import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  SubscribeToShardCommand,
  type KinesisClient,
  type SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis';
import { GondolaError } from '@gondola/stream';
import type { KinesisRecord } from './record-columns.js';
import { isNamed } from './kinesis-failure.js';

/** Where reading begins: the field names are those of the service. */
export type ShardStart =
  | { readonly Type: 'TRIM_HORIZON' }
  | { readonly Type: 'AT_TIMESTAMP'; readonly Timestamp: Date }
  | { readonly Type: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER'; readonly SequenceNumber: string };

export interface Fetched {
  readonly records: readonly KinesisRecord[];
  /** How old the newest record of `records` is against the shard's end; null when nothing was asked. */
  readonly behindMs: number | null;
  /** As many records as were asked for: more may follow, whatever `behindMs` says. */
  readonly isFull: boolean;
  /** Nothing will come any more: the shard was split or merged. */
  readonly isEnd: boolean;
}

/** The records of one shard, answer by answer. Throws what the SDK throws, and may be asked again then. */
export interface ShardFetcher {
  /** What follows; `start` counts when there is no place to go on from, as at first and after an error. */
  next(start: ShardStart): Promise<Fetched>;
  /** Forgets its place: what it gave last was not taken, `start` counts again. */
  restart(): void;
  stop(): void;
}

const NOTHING: Fetched = { records: [], behindMs: null, isFull: false, isEnd: false };

/** Of nobody knows what backlog: a few records, each of a megabyte at most, tell how it stands. */
export const FIRST_RECORDS_MAX = 4;
const RECORDS_MAX = 10_000;

/** Asks with GetRecords: up to 10,000 records or 10 MB an answer. */
export function createPollFetcher(client: KinesisClient, StreamName: string, ShardId: string): ShardFetcher {
  let iterator: string | null = null;
  let Limit = FIRST_RECORDS_MAX;
  const stopped = new AbortController();
  const abortSignal = stopped.signal;
  return {
    async next(start) {
      iterator ??= await iteratorAt(start);
      try {
        const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit }), {
          abortSignal,
        });
        const records = answer.Records;
        if (!records)
          throw new GondolaError('stream_unavailable', `${StreamName}/${ShardId}: an empty answer`, true);
        iterator = answer.NextShardIterator ?? null;
        const isFull = records.length >= Limit;
        Limit = RECORDS_MAX;
        return {
          records,
          behindMs: answer.MillisBehindLatest ?? 0,
          isFull,
          isEnd: iterator === null,
        };
      } catch (error) {
        if (!isNamed(error, 'ExpiredIteratorException')) throw error;
        iterator = null;
        return NOTHING;
      }
    },
    restart() {
      iterator = null;
      Limit = FIRST_RECORDS_MAX;
    },
    stop: () => stopped.abort(),
  };

  async function iteratorAt(start: ShardStart): Promise<string> {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName,
        ShardId,
        ShardIteratorType: start.Type,
        StartingSequenceNumber: 'SequenceNumber' in start ? start.SequenceNumber : undefined,
        Timestamp: 'Timestamp' in start ? start.Timestamp : undefined,
      }),
      { abortSignal },
    );
    if (ShardIterator === undefined) throw new Error(`${StreamName}/${ShardId}: no iterator`);
    return ShardIterator;
  }
}

/** Is sent records by a subscription, which Kinesis ends after five minutes. Not asking for more holds the sender back. */
export function createFanOutFetcher(
  client: KinesisClient,
  ConsumerARN: string,
  ShardId: string,
): ShardFetcher {
  let events: AsyncIterator<SubscribeToShardEventStream> | null = null;
  let subscribed = new AbortController();
  let goOn: string | null = null;

  function stop(): void {
    events = null;
    subscribed.abort();
    subscribed = new AbortController();
  }

  return {
    async next(start) {
      try {
        events ??= await subscribe(start);
        const { done, value } = await events.next();
        if (done) events = null;
        return done ? NOTHING : fetched(value);
      } catch (error) {
        stop();
        throw error;
      }
    },
    restart() {
      stop();
      goOn = null;
    },
    stop,
  };

  async function subscribe(start: ShardStart) {
    const StartingPosition: ShardStart =
      goOn === null ? start : { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: goOn };
    const { EventStream } = await client.send(
      new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition }),
      { abortSignal: subscribed.signal },
    );
    if (!EventStream) throw new Error(`${ConsumerARN}/${ShardId}: no event stream`);
    return EventStream[Symbol.asyncIterator]();
  }

  function fetched({ SubscribeToShardEvent: event, ...others }: SubscribeToShardEventStream): Fetched {
    const failure = Object.values(others).find((value) => value instanceof Error);
    if (failure) throw failure;
    if (!event) return NOTHING;
    goOn = event.ContinuationSequenceNumber ?? null;
    return {
      records: event.Records ?? [],
      behindMs: event.MillisBehindLatest ?? 0,
      isFull: false,
      // The last event of a shard has no place to go on from.
      isEnd: !event.ContinuationSequenceNumber || (event.ChildShards?.length ?? 0) > 0,
    };
  }
}
