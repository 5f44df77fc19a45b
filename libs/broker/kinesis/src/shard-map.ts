import {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  type KinesisClient,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { GondolaError } from '@gondola/stream';
import type { HashRange } from './hash-range.js';
import { asking } from './kinesis-failure.js';
import type { ListedShard } from './lease-plan.js';

/** No stream keeps its records for less. */
const RETENTION_HOURS_MIN = 24;

export interface StreamShard extends ListedShard {
  readonly range: HashRange;
  /** Not split or merged yet: takes records. */
  readonly isOpen: boolean;
}

/** The shards of a stream as they were last listed. Errors: `stream_unavailable`, a `SetupError`. */
export class ShardMap {
  private known = new Map<string, StreamShard>();

  constructor(
    private readonly client: KinesisClient,
    private readonly stream: string,
  ) {}

  async list(): Promise<StreamShard[]> {
    const shards: StreamShard[] = [];
    let page: string | undefined;
    do {
      const found = await asking(`stream ${this.stream}`, () =>
        this.client.send(
          new ListShardsCommand(page === undefined ? { StreamName: this.stream } : { NextToken: page }),
        ),
      );
      shards.push(...(found.Shards ?? []).map(shardOf));
      page = found.NextToken;
    } while (page !== undefined);
    this.known = new Map(shards.map((shard) => [shard.id, shard]));
    return shards;
  }

  /** The open shards, asked for when none are known. */
  async open(): Promise<StreamShard[]> {
    const isOpen = (shard: StreamShard) => shard.isOpen;
    const open = [...this.known.values()].filter(isOpen);
    return open.length > 0 ? open : (await this.list()).filter(isOpen);
  }

  async find(id: string): Promise<StreamShard> {
    if (!this.known.has(id)) await this.list();
    const shard = this.known.get(id);
    if (!shard) throw new GondolaError('stream_unavailable', `${this.stream}/${id}: not listed`, true);
    return shard;
  }

  async retentionMs(): Promise<number> {
    return ((await this.describe()).RetentionPeriodHours ?? RETENTION_HOURS_MIN) * 3_600_000;
  }

  /** Name, ARN, status, retention. */
  async describe() {
    const { StreamDescriptionSummary } = await asking(`stream ${this.stream}`, () =>
      this.client.send(new DescribeStreamSummaryCommand({ StreamName: this.stream })),
    );
    if (!StreamDescriptionSummary)
      throw new GondolaError('stream_unavailable', `stream ${this.stream}: an empty answer`, true);
    return StreamDescriptionSummary;
  }
}

function shardOf({
  ShardId,
  ParentShardId,
  AdjacentParentShardId,
  HashKeyRange,
  SequenceNumberRange,
}: Shard): StreamShard {
  const parents = [ParentShardId, AdjacentParentShardId];
  return {
    id: ShardId ?? '',
    parents: parents.filter((parent): parent is string => parent !== undefined && parent !== null),
    range: {
      first: BigInt(HashKeyRange?.StartingHashKey ?? 0),
      last: BigInt(HashKeyRange?.EndingHashKey ?? 0),
    },
    isOpen: !SequenceNumberRange?.EndingSequenceNumber,
  };
}
