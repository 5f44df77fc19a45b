import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { recordAt, silentLog, systemClock, type RecordBatch } from '@gondola/stream';
import { decodeBlocks, encodeBlock } from './block.js';
import { createEmbeddedSink, createEmbeddedSource, EmbeddedLog } from './index.js';
import fc from 'fast-check';

const folder = mkdtempSync(join(tmpdir(), 'gondola-embedded-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
const record = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: fc.string(), value: fc.uint8Array({ maxLength: 9 }) }), {
    maxLength: 3,
  }),
  timestampMs: fc.double({ noNaN: true }),
});

it('gives back any records from any position, however they were cut into blocks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(record, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (cuts, at) => {
        const all = cuts.flat();
        const from = at % all.length;
        let base = 0;
        const blocks = cuts.map((records) => {
          const block = { base, body: encodeBlock(records) };
          base += records.length;
          return block;
        });
        const batch = decodeBlocks(
          's',
          '0',
          blocks.filter((block, index) => block.base + cuts[index].length > from),
          from,
        );
        expect(batch.nextPosition).toBe(BigInt(all.length));
        expect(viewsOf(batch)).toEqual(
          all.slice(from).map((one, index) => plain({ ...one, position: BigInt(from + index) })),
        );
      },
    ),
  );
});

it.each([[[]], [[{ key: 'k', value: Uint8Array.of(1) }]]])(
  'gives back records of blocks that are so large that their own memory is let go, with headers %j in the last one',
  (headers) => {
    const large = {
      key: null,
      value: new Uint8Array(Buffer.poolSize + 1).fill(7),
      headers: [],
      timestampMs: 1,
    };
    const blocks = [0, 1].map((base) => ({
      base,
      body: encodeBlock([{ ...large, headers: base === 1 ? headers : [] }]),
    }));
    expect(viewsOf(decodeBlocks('s', '0', blocks, 0))).toEqual([
      plain({ ...large, position: 0n }),
      plain({ ...large, headers, position: 1n }),
    ]);
  },
);

it('names the block that is damaged', async () => {
  const path = join(folder, 'damaged.sqlite');
  const log = EmbeddedLog.open(path);
  log.createStream('pos', 1);
  await createEmbeddedSink(log, 'pos').append([{ key: null, value: new Uint8Array(100), timestampMs: 0 }]);
  log.close();
  const db = new DatabaseSync(path);
  db.exec('UPDATE block SET body = zeroblob(length(body))');
  db.close();
  const again = EmbeddedLog.open(path);
  const source = createEmbeddedSource(
    again,
    { stream: 'pos', reader: 'r', batchBytesMax: 1e6, allowGap: false },
    { clock: systemClock, log: silentLog },
  );
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  await expect(source.poll(0)).rejects.toMatchObject({
    code: 'stream_corrupt',
    message: expect.stringContaining('pos/0, position 0'),
  });
  again.close();
});

it('refuses a file that is no stream and names it', () => {
  const path = join(folder, 'text.sqlite');
  writeFileSync(path, 'this is not a database, it only looks like a file '.repeat(100));
  expect(() => EmbeddedLog.open(path)).toThrow(expect.objectContaining({ code: 'stream_unavailable' }));
  expect(() => EmbeddedLog.open(path)).toThrow(path);
});

it('loses no append that returned and repeats none, when its producer is killed again and again', async () => {
  const path = join(folder, 'killed.sqlite');
  EmbeddedLog.open(path).createStream('pos', 2);
  const program = `
    import { EmbeddedLog } from '@gondola/broker-embedded';
    const log = EmbeddedLog.open(${JSON.stringify(path)});
    let sequence = log.lastSequence('pos', 'till') + 1;
    for (;;) {
      const records = Array.from({ length: 7 }, (_, index) => ({ key: Buffer.from([index]), value: Buffer.from(String(sequence + index)), timestampMs: 0 }));
      log.append('pos', records, { id: 'till', sequence });
      sequence += records.length;
      process.stdout.write(String(sequence) + '\\n');
    }`;
  let acknowledged = 0;
  for (let kill = 0; kill < 5; kill++)
    acknowledged = Math.max(acknowledged, await killedProducer(program, 15 + kill * 9));
  const log = EmbeddedLog.open(path);
  const source = createEmbeddedSource(
    log,
    { stream: 'pos', reader: 'r', batchBytesMax: 1e6, allowGap: false },
    { clock: systemClock, log: silentLog },
  );
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  const values: number[] = [];
  for (let batch = await source.poll(0); batch; batch = await source.poll(0))
    values.push(...viewsOf(batch).map((one) => Number(Buffer.from(one.value ?? []).toString())));
  log.close();
  expect(acknowledged).toBeGreaterThan(0);
  expect(values.length).toBeGreaterThanOrEqual(acknowledged);
  expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: values.length }, (_, index) => index));
});

/** Runs the program until it has acknowledged some appends, kills it, and returns how far it said it was. */
function killedProducer(program: string, acknowledgements: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
    });
    let said = '';
    let failed = '';
    child.stderr.on('data', (part: Buffer) => (failed += part.toString()));
    child.stdout.on('data', (part: Buffer) => {
      said += part.toString();
      if (said.split('\n').length > acknowledgements) child.kill('SIGKILL');
    });
    child.on('close', (_, signal) => {
      const whole = said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1);
      if (signal === 'SIGKILL') resolve(Number(whole));
      else reject(new Error(failed));
    });
  });
}

function viewsOf(batch: RecordBatch) {
  return Array.from({ length: batch.count }, (_, index) => plain(recordAt(batch, index)));
}

/** Plain arrays compare by content, whatever buffer they are a view of. */
function plain(one: {
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: readonly { key: string; value: Uint8Array }[];
  timestampMs: number;
  position: bigint;
}) {
  const array = (part: Uint8Array | null) => part && [...part];
  return {
    key: array(one.key),
    value: array(one.value),
    headers: one.headers.map(({ key, value }) => [key, [...value]]),
    timestampMs: one.timestampMs,
    position: one.position,
  };
}
