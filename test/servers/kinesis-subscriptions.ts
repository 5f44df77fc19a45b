import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { askKinesis } from './aws.js';

export interface Subscriptions {
  readonly endpoint: string;
  close(): Promise<void>;
}

interface Position {
  readonly Type: string;
  readonly SequenceNumber?: string;
  readonly Timestamp?: number;
}

interface Got {
  readonly Records: readonly { readonly SequenceNumber: string }[];
  readonly NextShardIterator?: string | null;
  readonly MillisBehindLatest?: number;
}

const ASK_MS = 200;
const TARGET = 'Kinesis_20131202.SubscribeToShard';

/**
 * kinesis-local behind subscriptions as the service's documentation has them: a subscription of a shard that was split or merged
 * ends with an event that names the children and no place to go on from, where that of kinesis-local is silent for ever. The
 * records are kinesis-local's, by GetRecords. All other requests are handed on.
 */
export async function startSubscriptions(behind: {
  readonly endpoint: string;
  readonly port: number;
}): Promise<Subscriptions> {
  const server = createServer((request, response) => {
    const work = request.headers['x-amz-target'] === TARGET ? subscribe : relay;
    work(request, response).catch(() => request.socket.destroy());
  });

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: path, headers } = request;
    const onward = sendRequest({ host: '127.0.0.1', port: behind.port, method, path, headers, agent: false });
    request.pipe(onward);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  }

  async function subscribe(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const asked = JSON.parse(Buffer.concat(parts).toString()) as {
      readonly ConsumerARN: string;
      readonly ShardId: string;
      readonly StartingPosition: Position;
    };
    const StreamName = /:stream\/([^/]+)\//.exec(asked.ConsumerARN)?.[1] ?? '';
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    response.write(frame('initial-response', {}));
    let goOn = asked.StartingPosition.SequenceNumber ?? '0';
    let iterator: string | null = await iteratorAt(StreamName, asked.ShardId, asked.StartingPosition);
    while (iterator !== null && !response.destroyed) {
      const got: Got = await askKinesis<Got>(behind.endpoint, 'GetRecords', { ShardIterator: iterator });
      iterator = got.NextShardIterator ?? null;
      goOn = got.Records.at(-1)?.SequenceNumber ?? goOn;
      const { Records, MillisBehindLatest = 0 } = got;
      const place =
        iterator === null
          ? { ChildShards: await childrenOf(StreamName, asked.ShardId) }
          : { ContinuationSequenceNumber: goOn };
      response.write(frame('SubscribeToShardEvent', { Records, MillisBehindLatest, ...place }));
      await sleep(ASK_MS);
    }
    response.end();
  }

  async function iteratorAt(StreamName: string, ShardId: string, at: Position): Promise<string> {
    const { ShardIterator } = await askKinesis<{ ShardIterator: string }>(
      behind.endpoint,
      'GetShardIterator',
      {
        ...{ StreamName, ShardId, ShardIteratorType: at.Type },
        ...(at.SequenceNumber === undefined ? {} : { StartingSequenceNumber: at.SequenceNumber }),
        ...(at.Timestamp === undefined ? {} : { Timestamp: at.Timestamp }),
      },
    );
    return ShardIterator;
  }

  async function childrenOf(StreamName: string, shard: string): Promise<object[]> {
    const { Shards } = await askKinesis<{ Shards: Listed[] }>(behind.endpoint, 'ListShards', { StreamName });
    return Shards.filter((one) => one.ParentShardId === shard || one.AdjacentParentShardId === shard).map(
      ({ ShardId, HashKeyRange }) => ({ ShardId, ParentShards: [shard], HashKeyRange }),
    );
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Listed {
  readonly ShardId: string;
  readonly ParentShardId?: string | null;
  readonly AdjacentParentShardId?: string | null;
  readonly HashKeyRange: object;
}

const STRING_HEADER = 7;
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** One message of Amazon's event stream encoding: prelude with its checksum, headers, payload, checksum of all. */
function frame(eventType: string, event: object): Buffer {
  const headers = Buffer.concat([
    header(':message-type', 'event'),
    header(':event-type', eventType),
    header(':content-type', 'application/x-amz-json-1.1'),
  ]);
  const payload = Buffer.from(JSON.stringify(event));
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(PRELUDE_BYTES + headers.length + payload.length + CHECKSUM_BYTES, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, headers, payload]);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

function header(name: string, value: string): Buffer {
  const bytes = Buffer.alloc(4 + name.length + value.length);
  bytes.writeUInt8(name.length, 0);
  bytes.write(name, 1);
  bytes.writeUInt8(STRING_HEADER, 1 + name.length);
  bytes.writeUInt16BE(value.length, 2 + name.length);
  bytes.write(value, 4 + name.length);
  return bytes;
}
