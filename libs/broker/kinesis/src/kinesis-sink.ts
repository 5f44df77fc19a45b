import { randomUUID } from 'node:crypto';
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { GondolaError, type Clock, type OutgoingRecord, type RecordSink } from '@gondola/stream';
import { hashOfKey, isWithin } from './hash-range.js';
import { asking } from './kinesis-failure.js';
import { AGGREGATE_BYTES, aggregatedBytesMax, writeAggregate, type UserRecord } from './kpl-record.js';
import type { ProducerStore } from './producer-store.js';
import type { ShardMap, StreamShard } from './shard-map.js';

export interface KinesisSinkOptions {
  readonly stream: string;
  readonly aggregate: boolean;
}

export interface KinesisSinkDeps {
  readonly client: KinesisClient;
  readonly shards: ShardMap;
  readonly producers: ProducerStore;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What Kinesis takes: data and key of one record, all of one request, records of one request. */
const RECORD_BYTES_MAX = 1 << 20;
const REQUEST_BYTES_MAX = 5 << 20;
const REQUEST_RECORDS_MAX = 500;
const KEY_LENGTH_MAX = 256;
/** A shard takes 1 MB a second: a record of that size would wait for a whole second without anything. */
const AGGREGATE_BYTES_MAX = 256 << 10;

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;
/** After this time of nothing but refusals the caller is told; what was appended by then stays appended. */
const APPEND_MS_MAX = 15_000;
/** Each request looks through what is left of so many. */
const ROUND_RECORDS = 10_000;

/** A record on its way. */
interface Pending extends UserRecord {
  readonly hash: bigint;
}

/** Records of one shard that travel as one Kinesis record. */
interface Parcel {
  readonly shard: string;
  readonly records: readonly Pending[];
}

/**
 * Appends with PutRecords. Order of a key is kept: a request holds one Kinesis record for each shard when aggregated, one for
 * each key when not, and the next request waits for its answer. At least once: what a request did whose answer was
 * lost, or an append that failed in the middle, is appended again by a retry.
 */
export function createKinesisSink(options: KinesisSinkOptions, deps: KinesisSinkDeps): RecordSink {
  const { stream } = options;
  const { producers } = deps;
  let last: Promise<void> = Promise.resolve();

  async function append(records: readonly OutgoingRecord[], producer?: { id: string; sequence: number }) {
    const known = producer ? await producers.lastSequence(stream, producer.id) : -1;
    const fresh = producer ? records.slice(Math.max(0, known + 1 - producer.sequence)) : records;
    const pending = fresh.map((record, index) => pendingOf(record, index, options));
    for (let at = 0; at < pending.length; at += ROUND_RECORDS)
      await send(pending.slice(at, at + ROUND_RECORDS), options, deps);
    if (producer && fresh.length > 0)
      await producers.remember(stream, producer.id, producer.sequence + records.length - 1);
  }

  return {
    stream,
    append(records, producer) {
      const mine = last.then(() => append(records, producer));
      // The next one follows this one whether it went well or not; its own caller hears of it.
      last = mine.catch(() => {});
      return mine;
    },
    lastSequence: (producerId) => producers.lastSequence(stream, producerId),
  };
}

/** Refuses what Kinesis cannot carry, before anything is sent. */
function pendingOf(
  { key, value, headers = [] }: OutgoingRecord,
  index: number,
  options: KinesisSinkOptions,
): Pending {
  const refuse = (text: string) =>
    new GondolaError('input_invalid', `${options.stream}: record ${index} of this append ${text}`, false);
  if (value === null) throw refuse('has no value: Kinesis has no records without one');
  if (headers.length > 0 && !options.aggregate)
    throw refuse('has headers: Kinesis has none; set stream.aggregate to carry them as tags');
  // Kinesis has no records without a key: a made-up one spreads them over the shards.
  const partitionKey = key ?? Buffer.from(randomUUID());
  const text = Buffer.from(partitionKey).toString('utf8');
  if (Buffer.compare(Buffer.from(text), partitionKey) !== 0) throw refuse('has a key that is no UTF-8 text');
  if (text.length > KEY_LENGTH_MAX)
    throw refuse(`has a key of ${text.length} characters, Kinesis takes ${KEY_LENGTH_MAX}`);
  if (text.length === 0 && !options.aggregate)
    throw refuse('has an empty key; set stream.aggregate to carry it');
  const pending = { key: partitionKey, data: value, headers, hash: hashOfKey(partitionKey) };
  const bytes = options.aggregate ? aggregateBytes([pending]) : partitionKey.length + value.length;
  if (bytes > RECORD_BYTES_MAX) throw refuse(`takes ${bytes} bytes, Kinesis takes ${RECORD_BYTES_MAX}`);
  return pending;
}

async function send(pending: readonly Pending[], options: KinesisSinkOptions, deps: KinesisSinkDeps) {
  const { clock, random, shards } = deps;
  let deadlineMs = clock.nowMs() + APPEND_MS_MAX;
  let left = pending;
  for (let attempt = 0; left.length > 0;) {
    const parcels = nextParcels(left, await shards.open(), options);
    const refused = await put(parcels, options, deps);
    const sent = new Set(parcels.flatMap(({ records }) => records));
    const again = new Set(refused.records);
    const before = left.length;
    left = left.filter((record) => !sent.has(record) || again.has(record));
    attempt = refused.reason === null ? 0 : attempt + 1;
    if (left.length < before) deadlineMs = clock.nowMs() + APPEND_MS_MAX;
    if (refused.reason === null) continue;
    if (clock.nowMs() >= deadlineMs)
      throw new GondolaError(
        'stream_unavailable',
        `stream ${options.stream}: no room: ${refused.reason}`,
        true,
      );
    await clock.sleep(RETRY_MS_MIN + random() * Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** attempt));
  }
}

/** The oldest records of each shard (of each key, when not aggregated), as many as one request takes. */
function nextParcels(
  left: readonly Pending[],
  shards: readonly StreamShard[],
  { aggregate, stream }: KinesisSinkOptions,
): Parcel[] {
  const open = new Map<string, { shard: string; records: Pending[]; bytes: number }>();
  const full = new Set<string>();
  let total = 0;
  for (const record of left) {
    const shard = shards.find(({ range }) => isWithin(range, record.hash))?.id;
    if (shard === undefined)
      throw new GondolaError('stream_unavailable', `stream ${stream}: no open shard for a key`, true);
    const lane = aggregate ? shard : Buffer.from(record.key).toString('latin1');
    if (full.has(lane)) continue;
    const bytes = aggregate ? aggregatedBytesMax(record) : record.key.length + record.data.length;
    const parcel = open.get(lane) ?? {
      shard,
      records: [],
      bytes: aggregate ? AGGREGATE_BYTES + record.key.length : 0,
    };
    const isFirst = parcel.records.length === 0;
    const isRequestFull = total + bytes > REQUEST_BYTES_MAX || (isFirst && open.size >= REQUEST_RECORDS_MAX);
    if (isRequestFull || (!isFirst && (!aggregate || parcel.bytes + bytes > AGGREGATE_BYTES_MAX))) {
      full.add(lane);
      continue;
    }
    parcel.records.push(record);
    parcel.bytes += bytes;
    total += bytes;
    open.set(lane, parcel);
  }
  return [...open.values()];
}

interface Refused {
  readonly records: readonly Pending[];
  /** Null when all was taken, though perhaps by another shard than ours. */
  readonly reason: string | null;
}

async function put(
  parcels: readonly Parcel[],
  { stream, aggregate }: KinesisSinkOptions,
  { client, shards }: KinesisSinkDeps,
): Promise<Refused> {
  const Records = parcels.map(({ records }) => {
    const [first] = records;
    const key = Buffer.from(first.key).toString('utf8');
    return {
      Data: aggregate ? writeAggregate(records) : first.data,
      // An aggregated record goes where its first one belongs; an empty key is for user records alone.
      PartitionKey: key === '' ? '-' : key,
      ...(aggregate ? { ExplicitHashKey: first.hash.toString() } : {}),
    };
  });
  const answer = await orFailure(() =>
    asking(`stream ${stream}`, () => client.send(new PutRecordsCommand({ StreamName: stream, Records }))),
  );
  if (answer instanceof GondolaError)
    return { records: parcels.flatMap(({ records }) => records), reason: answer.message };
  const refused: Pending[] = [];
  let reason: string | null = null;
  let isMoved = false;
  for (const [index, { records, shard }] of parcels.entries()) {
    const result = answer.Records?.[index];
    if (!result?.SequenceNumber) {
      reason = result?.ErrorCode ?? 'a record without an answer';
      refused.push(...records);
    } else if (result.ShardId !== shard) {
      isMoved = true;
      if (!aggregate) continue;
      // The stream was split or merged: readers leave out what does not belong to the shard that took it.
      await shards.list();
      const { range } = await shards.find(result.ShardId ?? '');
      refused.push(...records.filter(({ hash }) => !isWithin(range, hash)));
    }
  }
  if (isMoved) await shards.list();
  return { records: refused, reason };
}

/** A failure that may pass is an answer like others: all was refused. */
async function orFailure<T>(action: () => Promise<T>): Promise<T | GondolaError> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof GondolaError && error.canRetry) return error;
    throw error;
  }
}

const aggregateBytes = (records: readonly Pending[]): number =>
  records.reduce((sum, record) => sum + aggregatedBytesMax(record), AGGREGATE_BYTES + records[0].key.length);
