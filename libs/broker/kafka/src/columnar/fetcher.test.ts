import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionPool, type ClusterMetadata } from '@platformatic/kafka';
import { checksumOf } from './codecs.js';
import { Fetcher } from './fetcher.js';

const NOT_LEADER = 6;
const OUT_OF_RANGE = 1;
const FETCH_BYTES_MAX = 3_000;

/** What a leader answers about a partition of which records from `offset` on are wanted; null: nothing, ever. */
type Answer = (partition: number, offset: number) => { errorCode?: number; records?: Buffer } | null;

/** A batch of one record without a key and with 1,000 bytes of value. */
function batchAt(offset: number): Buffer {
  const record = [0xde, 0x0f, 0, 0, 0, 1, 0xd0, 0x0f, ...Buffer.alloc(1_000, 'x'), 0];
  const bytes = Buffer.concat([Buffer.alloc(61), Buffer.from(record)]);
  bytes.writeBigInt64BE(BigInt(offset), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes[16] = 2;
  bytes.writeInt32BE(1, 57);
  bytes.writeUInt32BE(checksumOf(bytes.subarray(21)), 17);
  return bytes;
}

/** As much of a leader as a script needs: a real one moves, freezes and forgets when it likes. Knows version 11 of Fetch only. */
class ScriptedLeader {
  answer: Answer = () => ({});
  readonly asked: [partition: number, offset: number][][] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.serve(socket));

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (part: Buffer) => {
      rest = Buffer.concat([rest, part]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        this.reply(socket, rest);
        rest = rest.subarray(4 + rest.readInt32BE(0));
      }
    });
  }

  private reply(socket: Socket, request: Buffer): void {
    let at = 14 + request.readInt16BE(12) + 29; // header and client id; all of the body before its topic
    const topic = request.subarray(at, (at += 2 + request.readInt16BE(at)));
    const asked: [number, number][] = [];
    for (let left = request.readInt32BE(at), one = at + 4; left > 0; left--, one += 28)
      asked.push([request.readInt32BE(one), Number(request.readBigInt64BE(one + 8))]);
    this.asked.push(asked);
    const answers = asked.map(([partition, offset]) => ({
      partition,
      answer: this.answer(partition, offset),
    }));
    if (answers.some(({ answer }) => answer === null)) return;
    const parts = answers.map(({ partition, answer }) => {
      const records = answer?.records ?? Buffer.alloc(0);
      const head = Buffer.alloc(42);
      head.writeInt32BE(partition, 0);
      head.writeInt16BE(answer?.errorCode ?? 0, 4);
      head.writeInt32BE(records.length, 38);
      return Buffer.concat([head, records]);
    });
    const count = Buffer.alloc(4);
    count.writeInt32BE(parts.length);
    const head = Buffer.alloc(22);
    head.writeInt32BE(request.readInt32BE(8), 4);
    head.writeInt32BE(1, 18);
    const body = Buffer.concat([head, topic, count, ...parts]);
    body.writeInt32BE(body.length - 4, 0);
    socket.write(body);
  }
}

describe('fetching from leaders', () => {
  let leaders: ScriptedLeader[];
  let ports: number[];
  let pool: ConnectionPool;
  let fetcher: Fetcher;
  beforeEach(async () => {
    leaders = [new ScriptedLeader(), new ScriptedLeader()];
    ports = await Promise.all(leaders.map((leader) => leader.listen()));
    open(30_000);
  });
  afterEach(async () => {
    fetcher.read(new Map());
    for (const leader of leaders) leader.close();
    await pool.close();
  });

  function open(requestTimeout: number): void {
    pool = new ConnectionPool('test', { requestTimeout, connectTimeout: 30_000 });
    fetcher = new Fetcher(pool, {
      ...{ topic: 'sales', fetchBytesMax: FETCH_BYTES_MAX, isChecked: true },
      wake: () => {},
    });
  }

  /** Partition i is led by leader `leaderOf[i]`. */
  const follow = (leaderOf: readonly number[]) =>
    fetcher.follow({
      brokers: new Map(ports.map((port, node) => [node, { host: '127.0.0.1', port, rack: null }])),
      topics: new Map([['sales', { partitions: leaderOf.map((leader) => ({ leader, leaderEpoch: 0 })) }]]),
    } as unknown as ClusterMetadata);

  async function next() {
    for (let tries = 0; tries < 3_000; tries++) {
      const batch = fetcher.take();
      fetcher.send();
      if (batch) return batch;
      await sleep(10);
    }
    throw new Error('nothing came');
  }

  it('asks ahead until so many bytes wait, and no further', async () => {
    leaders[0].answer = (_, offset) => ({ records: batchAt(offset) });
    fetcher.read(new Map([[0, 5]]));
    follow([0]);
    fetcher.send();
    while (leaders[0].asked.length < 3) await sleep(10);
    await sleep(300);
    expect(leaders[0].asked.map(([[, offset]]) => offset)).toEqual([5, 6, 7]);
    expect((await next()).positions[0]).toBe(5);
    expect(fetcher.position(0)).toBe(6);
    while (leaders[0].asked.length < 4) await sleep(10);
    await sleep(100);
    expect(leaders[0].asked).toHaveLength(4);
  });

  it('asks some fifty times a second where little comes', async () => {
    leaders[0].answer = (_, offset) => ({ records: batchAt(offset) });
    fetcher.read(new Map([[0, 0]]));
    follow([0]);
    const beganMs = performance.now();
    for (; leaders[0].asked.length < 10; await sleep(1)) {
      while (fetcher.take());
      fetcher.send();
    }
    // A machine that stands still makes it more, never less; timers may be a millisecond early.
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(9 * 19);
  });

  it('lets whoever got records wait behind the others', async () => {
    leaders[0].answer = (partition, offset) => (partition === 1 && offset < 1 ? { records: batchAt(0) } : {});
    fetcher.read(new Map([0, 1, 2].map((partition) => [partition, 0])));
    follow([0, 0, 0]);
    await next();
    while (leaders[0].asked.length < 2) await sleep(10);
    expect(leaders[0].asked.slice(0, 2).map((asked) => asked.map(([partition]) => partition))).toEqual([
      [0, 1, 2],
      [0, 2, 1],
    ]);
  });

  it('gives what has come before it says what went wrong, then goes where the partition went', async () => {
    leaders[0].answer = (_, offset) =>
      offset < 1 ? { records: batchAt(offset) } : { errorCode: NOT_LEADER };
    leaders[1].answer = (_, offset) => ({ records: batchAt(offset) });
    fetcher.read(new Map([[0, 0]]));
    follow([0]);
    fetcher.send();
    while (leaders[0].asked.length < 2) await sleep(10);
    await sleep(200); // so that both answers wait, unless the machine is slow
    expect((await next()).positions[0]).toBe(0);
    await expect(next()).rejects.toMatchObject({ code: 'stream_unavailable', canRetry: true });
    expect(fetcher.needsLeaders).toBe(true);
    follow([1]);
    expect((await next()).positions[0]).toBe(1);
  });

  it('says which offset is out of range', async () => {
    leaders[0].answer = () => ({ errorCode: OUT_OF_RANGE });
    fetcher.read(new Map([[0, 7]]));
    follow([0]);
    await expect(next()).rejects.toMatchObject({ partition: 0, wanted: 7 });
  });

  it('drops what an older assignment has asked for', async () => {
    leaders[0].answer = (_, offset) => ({ records: batchAt(offset) });
    fetcher.read(new Map([[0, 0]]));
    follow([0]);
    fetcher.send();
    fetcher.read(new Map([[0, 100]]));
    follow([0]);
    expect((await next()).positions[0]).toBe(100);
  });

  it('leaves a connection on which no answer came in time', async () => {
    await pool.close();
    open(300);
    leaders[0].answer = () => null;
    fetcher.read(new Map([[0, 0]]));
    follow([0]);
    await expect(next()).rejects.toMatchObject({ code: 'stream_unavailable', canRetry: true });
    leaders[0].answer = (_, offset) => ({ records: batchAt(offset) });
    follow([0]);
    // The pool may still know the connection that is closing, and a busy machine be late again: failures that can be retried.
    let again = null;
    for (let tries = 0; !again && tries < 20; tries++) {
      follow([0]);
      again = await next().catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'stream_unavailable', canRetry: true });
        return null;
      });
    }
    expect(again?.positions[0]).toBe(0);
  });
});
