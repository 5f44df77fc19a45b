import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { systemClock, type ObjectStore } from '@gondola/stream';
import { createS3Store } from './index.js';
import { unfinishedKey, unfinishedOf } from './unfinished-upload.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const refusal =
  (status: number, code: string): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  };
const body =
  (text: string, length = text.length): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': length });
    response.write(text, () => (text.length === length ? response.end() : response.socket?.end()));
  };
const accept: Answer = (_, response) => response.writeHead(200, { etag: '"1"' }).end();
const taken = refusal(412, 'PreconditionFailed');

/** The real SDK against a server that says what a service says on a bad day. */
describe('S3 on a bad day', () => {
  const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'old-key', AWS_SECRET_ACCESS_KEY: 'a-secret' };
  let store: ObjectStore;
  let open: (silenceMsMax?: number) => ObjectStore;
  let answers: Answer[];
  let requests: string[];
  let always: Answer | null;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      requests.push(`${request.method} ${request.url?.split('?')[0]}`);
      (answers.shift() ?? always ?? refusal(403, 'AccessDenied'))(request, response);
    });
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  beforeEach(() => {
    Object.assign(process.env, CREDENTIALS);
    [answers, requests, always] = [[], [], null];
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const deps = { clock: { ...systemClock, sleep: async () => {} }, random: () => 0 };
    open = (silenceMsMax) =>
      createS3Store(
        { bucket: 'lake', prefix: 'p', endpoint: `http://127.0.0.1:${port}` },
        silenceMsMax === undefined ? deps : { ...deps, silenceMsMax },
      );
    store = open();
  });

  it.each<[string, Answer]>([
    ['a request that timed out on the way (400)', refusal(400, 'RequestTimeout')],
    ['a session token that had just ended', refusal(400, 'ExpiredToken')],
    ['a clock that was wrong', refusal(403, 'RequestTimeTooSkewed')],
    ['a body that ended early', body('hel', 5)],
  ])('asks again after %s', async (_, answer) => {
    answers = [answer, answer, body('hello')];
    expect(Buffer.from((await store.get('x')) ?? []).toString()).toBe('hello');
    expect(requests).toHaveLength(3);
  });

  it.each(['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'])(
    'never asks again after %s',
    async (code) => {
      always = refusal(403, code);
      await expect(store.get('x')).rejects.toMatchObject({ name: 'SetupError', code: 'lake_denied' });
      expect(requests).toHaveLength(1);
    },
  );

  it('takes fresh credentials when its own have expired', async () => {
    always = (request, response) => {
      const isFresh = request.headers.authorization?.includes('fresh-key');
      process.env['AWS_ACCESS_KEY_ID'] = 'fresh-key';
      (isFresh ? body('hello') : refusal(400, 'ExpiredToken'))(request, response);
    };
    expect(Buffer.from((await store.get('x')) ?? []).toString()).toBe('hello');
    expect(requests).toHaveLength(2);
  });

  it('ends a process whose credentials never were good, and lets one wait whose were', async () => {
    always = refusal(400, 'ExpiredToken');
    await expect(store.get('x')).rejects.toMatchObject({ code: 'lake_denied', canRetry: false });
    answers = [body('hello')];
    await store.get('x');
    await expect(store.get('x')).rejects.toMatchObject({ code: 'lake_unavailable', canRetry: true });
  });

  it('refuses a store that ignores the condition, before anything is written', async () => {
    always = accept;
    for (let time = 0; time < 2; time++)
      await expect(store.putIfAbsent('dev/t/_delta_log/0.json', new Uint8Array(1))).rejects.toMatchObject({
        name: 'SetupError',
        code: 'lake_unconditional',
        message: expect.stringContaining('ignores If-None-Match'),
      });
    expect(new Set(requests)).toEqual(new Set(['PUT /lake/p/_gondola/exclusive-create']));
  });

  it('asks a store once whether it honours the condition, and again only when there was no answer', async () => {
    answers = [refusal(503, 'SlowDown'), taken, accept, accept];
    expect(await store.putIfAbsent('a', new Uint8Array(1))).toBe(true);
    expect(await store.putIfAbsent('b', new Uint8Array(1))).toBe(true);
    expect(requests).toEqual([
      ...['PUT /lake/p/_gondola/exclusive-create', 'PUT /lake/p/_gondola/exclusive-create'],
      ...['PUT /lake/p/a', 'PUT /lake/p/b'],
    ]);
  });

  it('lists without the uploads that it may not see', async () => {
    answers = [
      body('<ListBucketResult><Contents><Key>p/dev/a</Key><Size>1</Size></Contents></ListBucketResult>'),
      refusal(403, 'AccessDenied'),
    ];
    const paths: string[] = [];
    for await (const { path } of store.listAll('dev')) paths.push(path);
    expect(paths).toEqual(['dev/a']);
  });

  it('lists once the uploads of a store that says there are more, but not where', async () => {
    const page = body(
      '<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><Upload><Key>p/dev/12.bin</Key>' +
        '<UploadId>u</UploadId></Upload></ListMultipartUploadsResult>',
    );
    answers = [body('<ListBucketResult></ListBucketResult>'), page, page];
    const paths: string[] = [];
    for await (const { path } of store.listAll('dev')) paths.push(path);
    expect(paths).toHaveLength(1);
    expect(requests).toHaveLength(2);
  });

  it('waits longer for parts to be put together than for other answers', async () => {
    const silenceMsMax = 3_000;
    always = ({ method, url = '' }, response) => {
      if (url.includes('uploads'))
        return void response.end(
          '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
        );
      if (method === 'PUT') return void response.writeHead(200, { etag: '"1"' }).end();
      setTimeout(
        () => response.end('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>'),
        2 * silenceMsMax,
      );
    };
    await open(silenceMsMax).put('dev/12.bin', new Uint8Array(17 << 20));
    // To begin, three parts, and once to put them together.
    expect(requests).toHaveLength(5);
  });

  it('never writes or deletes again where a condition was refused that it did not set', async () => {
    always = taken;
    const refused = { name: 'SetupError', code: 'lake_denied', canRetry: false };
    for (const work of [() => store.put('x', new Uint8Array(1)), () => store.delete('x')])
      await expect(work()).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('PreconditionFailed'),
      });
    expect(requests).toHaveLength(2);
  });
});

test.each(['dev/t/date=1/part-0b1c2d3e-0000-4000-8000-0123456789ab.zstd.parquet', '12.bin'])(
  'an upload of %s has a key of its own',
  (key) => {
    const id = 'aB/9+=_upload.id';
    const unfinished = unfinishedKey(key, id);
    expect(unfinished?.split('/').at(-1)).toMatch(/^\.gondola-tmp-/);
    expect(unfinishedOf(unfinished ?? '')).toEqual({ Key: key, UploadId: id });
    expect(unfinishedOf(key)).toBeNull();
  },
);

test('uploads of others are left to them', () => {
  expect(
    unfinishedKey('dev/t/part-00000-0b1c2d3e-0000-4000-8000-0123456789ab-c000.zstd.parquet', 'id'),
  ).toBeNull();
  expect(unfinishedKey('dev/backup.tar', 'id')).toBeNull();
});
