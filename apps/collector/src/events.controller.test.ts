import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeAvro } from '@gondola/contract';
import {
  BATCH,
  envelope,
  headersOf,
  NDJSON,
  NOW_MS,
  openDoor,
  POS,
  registry,
  sale,
  SINGLE,
  textOf,
  type Body,
  type Json,
  type OpenDoor,
} from '../test/door-harness.js';

let door: OpenDoor;
beforeAll(async () => {
  door = await openDoor({
    config: { limits: { bodyBytesMax: 200_000, eventsMax: 50, eventBytesMax: 20_000 } },
    subjects: ['retail.pos.*', 'retail.inventory.movement'],
  });
});
afterAll(() => door.close());

const nameOf = ({ partition, position }: { partition: string; position: bigint }) =>
  `${partition}/${position}`;
const newRecords = async (act: () => Promise<unknown>) => {
  const before = new Set((await door.records()).map(nameOf));
  await act();
  return (await door.records()).filter((record) => !before.has(nameOf(record)));
};
const avroOf = (event: Json) => {
  const contract = registry.contractOf(POS);
  if (!contract) throw new Error('no contract');
  return Buffer.from(encodeAvro(contract, { operatorId: null, customerId: null, loyaltyId: null, ...event }));
};
const ceHeaders = { 'ce-specversion': '1.0', 'ce-id': 'b-1', 'ce-source': '/till/1', 'ce-type': POS };

describe('bodies and encodings', () => {
  const event = envelope(sale(1));
  const oneText = JSON.stringify(event);
  const batchText = JSON.stringify([event, envelope(sale(2))]);
  const lines = `${oneText}\n\r\n${JSON.stringify(envelope(sale(2)))}\r\n`;
  const bodies: [string, Buffer, Record<string, string>, number][] = [
    ['structured', Buffer.from(oneText), { 'content-type': `${SINGLE}; charset=utf-8` }, 1],
    ['batch', Buffer.from(batchText), { 'content-type': BATCH }, 2],
    ['NDJSON', Buffer.from(lines), { 'content-type': NDJSON }, 2],
    [
      'binary JSON',
      Buffer.from(JSON.stringify(sale(1))),
      { ...ceHeaders, 'content-type': 'application/json' },
      1,
    ],
    ['binary Avro', avroOf(fullSale(1)), { ...ceHeaders, 'content-type': 'application/vnd.gondola' }, 1],
  ];
  const encodings: [string, (body: Buffer) => Buffer][] = [
    ['identity', (body) => body],
    ['gzip', (body) => gzipSync(body)],
    ['zstd', (body) => zstdCompressSync(body)],
  ];
  const table = bodies.flatMap(([name, body, headers, events]) =>
    encodings.map(([encoding, encode]) => [name, encoding, encode(body), headers, events] as const),
  );

  it.each(table)('%s in %s', async (_, encoding, body, headers, events) => {
    const answer = await door.send(new Uint8Array(body), { ...headers, 'content-encoding': encoding });
    expect(answer.body).toEqual({
      accepted: events,
      rejected: 0,
      results: Array.from({ length: events }, (_, index) => ({ index, status: 'accepted' })),
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('ratelimit-policy')).toBe('"events";q=1000000;w=1');
    expect(answer.headers.get('ratelimit')).toMatch(/^"events";r=\d+;t=0$/);
  });
});

/** For Avro, which leaves nothing out. */
function fullSale(sequence: number): Json {
  const [line] = sale(sequence)['lines'] as Json[];
  const nulls = { gtin: null, description: null, merchandiseGroup: null, promotionId: null };
  return sale(sequence, { lines: [{ ...line, ...nulls }] });
}

describe('what the stream gets', () => {
  it('the bytes of data as they were sent, attributes as headers, the store as key', async () => {
    const data = '{ "unknown": 1e400 , "n":12345678901234567890,' + JSON.stringify(sale(3)).slice(1);
    const text = `{"specversion":"1.0","type":"${POS}","id":"\\u00e9-1","data":${data},"source":"/tïll","time":"2026-11-23T12:00:00Z","attempt":3,"gone":null}`;
    const records = await newRecords(() => door.send(text, { 'content-type': SINGLE }));
    expect(records.map(({ value, key, timestampMs }) => [textOf(value), textOf(key), timestampMs])).toEqual([
      [data, 'S3', NOW_MS],
    ]);
    expect(headersOf(records[0])).toEqual({
      ce_specversion: '1.0',
      ce_type: POS,
      ce_id: 'é-1',
      ce_source: '/tïll',
      ce_time: '2026-11-23T12:00:00Z',
      ce_attempt: '3',
      'content-type': 'application/json',
      gondola_environment: 'dev',
    });
  });

  it('Avro from Base64, and from a binary body whose headers are percent-encoded', async () => {
    const value = avroOf(fullSale(4));
    const base64 = envelope(undefined, {
      data_base64: value.toString('base64'),
      datacontenttype: 'application/avro',
    });
    const records = await newRecords(async () => {
      await door.sendJson(base64, SINGLE);
      await door.send(new Uint8Array(value), {
        ...ceHeaders,
        'ce-source': '/t%C3%AFll',
        'content-type': 'avro/binary',
      });
    });
    expect(records.map((record) => Buffer.from(record.value ?? []).equals(value))).toEqual([true, true]);
    expect(records.map((record) => headersOf(record)['ce_source']).sort()).toEqual(['/till/1', '/tïll']);
  });

  it("a store's events in one partition, in their order", async () => {
    const events = Array.from({ length: 50 }, (_, index) => envelope(sale(100 + index)));
    const records = await newRecords(() => door.sendJson(events, BATCH));
    expect(records).toHaveLength(50);
    for (const store of ['S1', 'S5']) {
      const its = records.filter(({ key }) => textOf(key) === store);
      expect(new Set(its.map(({ partition }) => partition)).size).toBe(1);
      const sequences = its
        .sort((left, right) => Number(left.position - right.position))
        .map(({ value }) => (JSON.parse(textOf(value)) as { sequenceNumber: number }).sequenceNumber);
      expect(sequences).toEqual(sequences.toSorted((left, right) => left - right));
    }
  });
});

describe('what is wrong with one event', () => {
  const bad: [string, unknown, Json][] = [
    ['a broken rule', envelope(sale(1, { lines: [] })), { reason: 'rule_broken', pointer: '/lines' }],
    [
      'a missing field',
      envelope(sale(1, { retailStoreId: undefined })),
      { reason: 'schema_mismatch', pointer: '/retailStoreId' },
    ],
    [
      'the future',
      envelope(sale(1, { beginDateTime: NOW_MS + 600_000 })),
      { reason: 'event_time_in_future', pointer: '/beginDateTime' },
    ],
    ['an unknown subject', envelope({}, { type: 'shop.nobody' }), { reason: 'subject_unknown' }],
    ['a subject of others', envelope(subjectOfOthers()), { reason: 'subject_denied' }],
    ['no data', envelope(undefined), { reason: 'value_empty', pointer: '/data' }],
    ['no id', envelope({}, { id: undefined }), { reason: 'framing_unknown', pointer: '/id' }],
    ['no type', envelope({}, { type: '' }), { reason: 'framing_unknown', pointer: '/type' }],
    [
      'another version',
      envelope({}, { specversion: '0.3' }),
      { reason: 'framing_unknown', pointer: '/specversion' },
    ],
    [
      'an attribute that is an object',
      envelope({}, { extra: {} }),
      { reason: 'framing_unknown', pointer: '/extra' },
    ],
    [
      'an attribute of another alphabet',
      envelope({}, { Extra: '1' }),
      { reason: 'framing_unknown', pointer: '/Extra' },
    ],
    ['data twice', envelope({}, { data_base64: '' }), { reason: 'framing_unknown', pointer: '/data_base64' }],
    [
      'no Base64',
      envelope(undefined, { data_base64: 'a' }),
      { reason: 'decode_failed', pointer: '/data_base64' },
    ],
    ['text for an event', envelope('hello'), { reason: 'schema_mismatch' }],
    ['no event', 17, { reason: 'decode_failed' }],
    ['too many bytes', envelope(sale(1, { operatorId: 'x'.repeat(20_000) })), { reason: 'value_too_large' }],
  ];
  function subjectOfOthers(): Json {
    return { eventId: 'w', itemId: 'i', name: 'n', updatedAt: NOW_MS };
  }
  const typed = (event: unknown) =>
    JSON.stringify(event)?.includes('"updatedAt"')
      ? { ...(event as Json), type: 'retail.catalog.item' }
      : event;

  it.each(bad)('%s', async (_, event, says) => {
    const records = await newRecords(async () => {
      const answer = await door.sendJson([envelope(sale(5)), typed(event), envelope(sale(6))], BATCH);
      const results = answer.body['results'] as Json[];
      expect(answer.body).toMatchObject({ accepted: 2, rejected: 1 });
      expect(results[1]).toMatchObject({
        index: 1,
        status: 'rejected',
        message: expect.any(String),
        ...says,
      });
      expect(answer.status).toBe(202);
    });
    expect(records).toHaveLength(2);
  });

  it('an attribute that is given twice', async () => {
    const twice = JSON.stringify(envelope(sale(5))).replace('{', '{"type":"retail.web",');
    const answer = await door.send(`${twice}\n${JSON.stringify(envelope(sale(6)))}`, {
      'content-type': NDJSON,
    });
    expect(answer.body).toMatchObject({
      accepted: 1,
      results: [{ reason: 'framing_unknown', pointer: '/type' }, {}],
    });
  });

  it('a line that is no JSON is that line', async () => {
    const body = `{"nope\n${JSON.stringify(envelope(sale(7)))}`;
    const answer = await door.send(body, { 'content-type': NDJSON });
    expect(answer.body).toMatchObject({ accepted: 1, rejected: 1 });
  });

  it('all bad: 422, and nothing is in the stream', async () => {
    const records = await newRecords(async () => {
      const answer = await door.sendJson([envelope({}), envelope({}, { type: 'x' })], BATCH);
      expect(answer.status).toBe(422);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ title: 'Unprocessable Entity', accepted: 0, rejected: 2 });
      expect(answer.body['results']).toHaveLength(2);
    });
    expect(records).toEqual([]);
  });

  it('is answered the same each time', async () => {
    const body = [envelope(sale(8)), envelope(sale(9, { lines: [] }))];
    const first = await door.sendJson(body, BATCH);
    expect((await door.sendJson(body, BATCH)).body).toEqual(first.body);
  });
});

describe('what is wrong with a request', () => {
  const good = JSON.stringify(envelope(sale(1)));
  const bomb = (make: (body: Buffer) => Buffer) => new Uint8Array(make(Buffer.alloc(50 << 20, 0x20)));
  const zstdWindow = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00]);
  const table: [string, Body, Record<string, string>, number, RegExp][] = [
    ['no content type', new TextEncoder().encode(good), {}, 415, /application\/cloudevents-batch\+json/],
    ['a content type that is none', good, { 'content-type': 'nonsense' }, 415, /Unsupported Media Type/],
    ['plain JSON', good, { 'content-type': 'application/json' }, 415, /ce-specversion/],
    [
      'CloudEvents in XML',
      good,
      { ...ceHeaders, 'content-type': 'application/cloudevents+xml' },
      415,
      /content-type/,
    ],
    ['an unknown encoding', good, { 'content-type': SINGLE, 'content-encoding': 'br' }, 415, /gzip, zstd/],
    ['two encodings', good, { 'content-type': SINGLE, 'content-encoding': 'gzip, gzip' }, 415, /only one/],
    ['gzip that is none', good, { 'content-type': SINGLE, 'content-encoding': 'gzip' }, 400, /not gzip/],
    ['zstd that is none', good, { 'content-type': SINGLE, 'content-encoding': 'zstd' }, 400, /not zstd/],
    [
      'gzip cut short',
      new Uint8Array(gzipSync(good).subarray(0, 60)),
      { 'content-type': SINGLE, 'content-encoding': 'gzip' },
      400,
      /cut short/,
    ],
    [
      'zstd with a window of gigabytes',
      zstdWindow,
      { 'content-type': SINGLE, 'content-encoding': 'zstd' },
      400,
      /zstd/,
    ],
    [
      'a gzip bomb',
      bomb(gzipSync),
      { 'content-type': BATCH, 'content-encoding': 'gzip' },
      413,
      /200000 bytes/,
    ],
    [
      'a zstd bomb',
      bomb(zstdCompressSync),
      { 'content-type': BATCH, 'content-encoding': 'zstd' },
      413,
      /200000 bytes/,
    ],
    ['too many bytes', 'x'.repeat(200_001), { 'content-type': BATCH }, 413, /several requests/],
    [
      'too many events',
      `[${Array(51).fill(good).join()}]`,
      { 'content-type': BATCH },
      413,
      /at most 50 events/,
    ],
    ['too many lines', `${good}\n`.repeat(51), { 'content-type': NDJSON }, 413, /at most 50 events/],
    ['an empty body', null, { 'content-type': BATCH }, 400, /array/],
    ['an empty array', '[]', { 'content-type': BATCH }, 400, /no events/],
    ['no lines', '\n\n', { 'content-type': NDJSON }, 400, /no events/],
    ['an array that does not end', `[${good}`, { 'content-type': BATCH }, 400, /array/],
    ['more than an array', `[${good}]]`, { 'content-type': BATCH }, 400, /array/],
    ['one event as a batch', good, { 'content-type': BATCH }, 400, /array/],
    ['another comma', `[${good},]`, { 'content-type': BATCH }, 400, /array/],
  ];

  it.each(table)('%s', async (_, body, headers, status, detail) => {
    const answer = await door.send(body, headers);
    expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(detail) });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('a stream of bytes without an end is refused at the limit', async () => {
    const endless = new ReadableStream({ pull: (sink) => sink.enqueue(new Uint8Array(64 << 10)) });
    const outcome = await fetch(`${door.url}/v1/events`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { authorization: `Bearer ${door.key}`, 'content-type': BATCH },
    } as RequestInit).then(
      ({ status }) => status,
      () => 'closed',
    );
    expect([413, 'closed']).toContain(outcome);
  });
});

describe('keys', () => {
  const body = JSON.stringify(envelope(sale(1)));
  const other = (environment: string) => `gnd_${environment}_${'A'.repeat(43)}`;
  it.each([
    ['none', { authorization: '' }, 401, /x-api-key.*keys new.*up says/],
    ['nonsense', { authorization: 'Bearer hello' }, 401, /not known.*keys new.*up says/],
    ['one that is not in the file', { authorization: `Bearer ${other('dev')}` }, 401, /not known/],
    [
      'one of another environment',
      { authorization: `Bearer ${other('prod')}` },
      403,
      /environment prod, this collector of dev/,
    ],
  ])('%s is refused', async (_, headers, status, detail) => {
    const answer = await door.send(body, { 'content-type': SINGLE, ...headers });
    expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(detail) });
    expect(JSON.stringify(answer.body)).not.toContain('AAAA');
  });

  it('x-api-key will do', async () => {
    const answer = await door.send(body, {
      'content-type': SINGLE,
      authorization: '',
      'x-api-key': door.key,
    });
    expect(answer.status).toBe(202);
  });
});

it('metrics count events by outcome and say nothing of keys', async () => {
  const text = await (await fetch(`${door.url}/metrics`)).text();
  expect(text).toMatch(/gondola_collector_events_total\{producer="tills",outcome="accepted"\} \d+/);
  expect(text).toMatch(/gondola_collector_events_total\{producer="tills",outcome="rule_broken"\} \d+/);
  expect(text).toMatch(
    /gondola_collector_request_duration_seconds_count\{producer="unknown",status="401"\} 3/,
  );
  expect(text).toContain('gondola_collector_requests_inside 0');
  expect(text).toContain('gondola_collector_bytes_inside 0');
  expect(text).not.toContain(door.key);
});
