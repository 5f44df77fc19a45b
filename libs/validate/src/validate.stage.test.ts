import { shelfEvents } from '@gondola/events';
import { columnOf, plainValues, type NumberedTexts, type QuarantineReason } from '@gondola/stream';
import {
  avro,
  bytesOf,
  header,
  json,
  line,
  movement,
  NOW_MS,
  POS,
  registry,
  rejectionOf,
  run,
  sale,
  type Sent,
} from '../test/support.js';
import { createValidateStage } from './validate.stage.js';

describe('framings', () => {
  const body = (subject: string, event: object) => avro(subject, event).subarray(5);
  const type = header('ce_type', 'retail.inventory.movement');
  const accepted: readonly (readonly [string, Sent, string])[] = [
    ['Confluent prefix', { value: avro(POS, sale) }, POS],
    ['plain JSON of the default subject', { value: json(sale) }, POS],
    ['plain JSON after white space', { value: bytesOf(` \r\n\t${JSON.stringify(sale)} \n`) }, POS],
    [
      'CloudEvents binary mode, JSON',
      { value: json(movement), headers: [type, header('content-type', 'application/json')] },
      'retail.inventory.movement',
    ],
    [
      'CloudEvents binary mode, Avro',
      {
        value: body('retail.inventory.movement', movement),
        headers: [type, header('content-type', 'application/avro')],
      },
      'retail.inventory.movement',
    ],
    [
      'CloudEvents binary mode without content type, JSON',
      { value: json(movement), headers: [type] },
      'retail.inventory.movement',
    ],
    [
      'CloudEvents binary mode without content type, Avro',
      { value: body('retail.inventory.movement', movement), headers: [type] },
      'retail.inventory.movement',
    ],
    [
      'the type with its version',
      { value: json(movement), headers: [header('ce_type', 'retail.inventory.movement.v1')] },
      'retail.inventory.movement',
    ],
    [
      'ce-type',
      { value: json(movement), headers: [header('ce-type', 'retail.inventory.movement')] },
      'retail.inventory.movement',
    ],
    [
      'cloudEvents:type',
      { value: json(movement), headers: [header('cloudEvents:type', 'retail.inventory.movement')] },
      'retail.inventory.movement',
    ],
    [
      'cloudEvents_type',
      { value: json(movement), headers: [header('cloudEvents_type', 'retail.inventory.movement')] },
      'retail.inventory.movement',
    ],
    [
      'Confluent prefix within CloudEvents',
      { value: avro('retail.inventory.movement', movement), headers: [type] },
      'retail.inventory.movement',
    ],
    [
      'CloudEvents structured mode',
      {
        value: json({
          specversion: '1.0',
          type: 'retail.inventory.movement',
          id: '1',
          source: '/x',
          data: movement,
        }),
      },
      'retail.inventory.movement',
    ],
    [
      'a GA4 type',
      {
        value: json({ eventId: 'w', name: 'search', eventTime: NOW_MS, sessionId: 's' }),
        headers: [header('ce_type', 'retail.web.search')],
      },
      'retail.web',
    ],
    ['JSON with a field named type', { value: json({ ...sale, type: 'x', specversion: 1 }) }, POS],
  ];
  test.each(accepted)('%s', async (_, sent, subject) => {
    const { rejected, value } = await run([sent]);
    expect(rejected).toEqual([]);
    expect(value.map((batch) => batch.subject)).toEqual([subject]);
  });

  const refused: readonly (readonly [string, Sent, QuarantineReason, string])[] = [
    ['null', { value: null }, 'value_empty', ''],
    ['no bytes', { value: new Uint8Array(0) }, 'value_empty', ''],
    ['a wrong magic byte', { value: Uint8Array.of(1, 0, 0, 0, 1) }, 'framing_unknown', '0x01'],
    ['text', { value: bytesOf('hello') }, 'framing_unknown', '0x68'],
    ['a JSON array', { value: bytesOf('[1]') }, 'framing_unknown', '0x5b'],
    ['white space', { value: bytesOf('   ') }, 'framing_unknown', '0x20'],
    [
      'a byte order mark',
      { value: Uint8Array.of(0xef, 0xbb, 0xbf, ...json(sale)) },
      'framing_unknown',
      '0xef',
    ],
    ['a prefix cut off', { value: Uint8Array.of(0, 0, 0, 0) }, 'decode_failed', ''],
    ['a schema id that nobody gave out', { value: Uint8Array.of(0, 0, 0, 1, 0, 1) }, 'schema_unknown', '256'],
    ['a negative schema id', { value: Uint8Array.of(0, 255, 255, 255, 255, 1) }, 'schema_unknown', '-1'],
    [
      'an unknown type in the header',
      { value: json(sale), headers: [header('ce_type', 'retail.unknown')] },
      'subject_unknown',
      'header',
    ],
    [
      'an unknown type in the envelope',
      { value: json({ specversion: '1.0', type: 'retail.unknown', data: sale }) },
      'subject_unknown',
      'envelope',
    ],
    [
      'the type constructor',
      { value: json(sale), headers: [header('ce_type', 'constructor')] },
      'subject_unknown',
      'header',
    ],
    [
      'an envelope of null',
      { value: json({ specversion: '1.0', type: POS, data: null }) },
      'schema_mismatch',
      'found null',
    ],
    ['JSON cut off', { value: json(sale).subarray(0, 30) }, 'decode_failed', 'not JSON'],
    ['two JSON values', { value: bytesOf('{}{}') }, 'decode_failed', 'not JSON'],
    [
      'JSON that is not UTF-8',
      { value: Uint8Array.of(...bytesOf('{"eventId":"'), 0xff, ...bytesOf('"}')) },
      'decode_failed',
      'not UTF-8',
    ],
    [
      'JSON nested 400,000 deep',
      { value: bytesOf(`{"eventId":${'['.repeat(400_000)}${']'.repeat(400_000)}}`) },
      'decode_failed',
      'more than 1000 deep',
    ],
    [
      'Avro where the header says JSON',
      {
        value: body('retail.inventory.movement', movement),
        headers: [type, header('content-type', 'application/json')],
      },
      'decode_failed',
      'not UTF-8',
    ],
    [
      'trailing bytes after Avro',
      { value: Uint8Array.of(...avro(POS, sale), 0) },
      'decode_failed',
      '1 bytes follow',
    ],
    [
      'Avro text that is not UTF-8',
      { value: Uint8Array.of(0, 0, 0, 0, 1, 2, 0xff, ...avro(POS, sale).subarray(8)) },
      'decode_failed',
      'not UTF-8',
    ],
  ];
  test.each(refused)('%s is refused', async (_, sent, reason, message) => {
    expect(await rejectionOf(sent)).toMatchObject({
      stage: 'validate',
      reason,
      pointer: expect.any(String),
      message: expect.stringContaining(message),
    });
  });

  test('plain JSON without a default subject is nobody’s', async () => {
    expect(await rejectionOf({ value: json(sale) }, { defaultSubject: null })).toMatchObject({
      reason: 'subject_unknown',
      subject: null,
      schemaVersion: null,
    });
  });

  test('a default subject must have a contract', () => {
    expect(() => createValidateStage({ registry, defaultSubject: 'retail.unknown' })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });

  test('subject and version are told as soon as they are known', async () => {
    expect(await rejectionOf({ value: Uint8Array.of(0, 0, 0, 0, 2, 9) })).toMatchObject({
      reason: 'decode_failed',
      subject: 'retail.inventory.movement',
      schemaVersion: 1,
    });
  });
});

describe('size', () => {
  const large = (bytes: number) => {
    const text = JSON.stringify({ ...sale, note: '' });
    return bytesOf(text.replace('"note":""', `"note":"${'x'.repeat(bytes - text.length)}"`));
  };

  test('a megabyte passes, one byte more does not', async () => {
    expect((await run([{ value: large(1_048_576) }])).rejected).toEqual([]);
    expect(await rejectionOf({ value: large(1_048_577) })).toMatchObject({
      reason: 'value_too_large',
      message: 'more than 1048576 bytes',
    });
  });

  test.each([
    ['JSON', { value: large(10_000_000) }, null],
    [
      'framed garbage',
      { value: Buffer.concat([Uint8Array.of(0, 0, 0, 0, 1), new Uint8Array(10_000_000)]) },
      POS,
    ],
    [
      'garbage of a type',
      { value: new Uint8Array(10_000_000).fill(7), headers: [header('ce_type', POS)] },
      POS,
    ],
    [
      'web, which is allowed less',
      { value: large(300_000), headers: [header('ce_type', 'retail.web')] },
      'retail.web',
    ],
  ])('ten megabytes of %s are not decoded', async (_, sent, subject) => {
    expect(await rejectionOf(sent)).toMatchObject({ reason: 'value_too_large', subject });
  });
});

describe('values', () => {
  test.each([NaN, Infinity, -Infinity])('quantity %p in Avro', async (quantity) => {
    const value = avro(POS, { ...sale, lines: [line, { ...line, quantity }] });
    expect(await rejectionOf({ value })).toMatchObject({
      reason: 'number_not_finite',
      pointer: '/lines/1/quantity',
      subject: POS,
    });
  });

  test('a number beyond a double in JSON', async () => {
    const value = bytesOf(JSON.stringify(sale).replace('"quantity":2', '"quantity":1e999'));
    expect(await rejectionOf({ value })).toMatchObject({
      reason: 'number_not_finite',
      pointer: '/lines/0/quantity',
    });
  });

  test('a clock may run ahead by so much and no more', async () => {
    const at = (beginDateTime: number) => ({ value: avro(POS, { ...sale, beginDateTime }) });
    expect((await run([at(NOW_MS + 300_000)])).rejected).toEqual([]);
    expect(await rejectionOf(at(NOW_MS + 300_001))).toMatchObject({
      reason: 'event_time_in_future',
      pointer: '/beginDateTime',
    });
    expect((await run([at(NOW_MS + 300_001)], { futureMsMax: 400_000 })).rejected).toEqual([]);
  });

  test('keys named __proto__ give nobody a prototype', async () => {
    const text = JSON.stringify(sale).replace('{', '{"__proto__":{"operatorId":"evil"},');
    const { value, rejected } = await run([{ value: bytesOf(text) }]);
    expect(rejected).toEqual([]);
    expect(plainValues(columnOf(value[0].table, 'operator_id'))).toEqual([null]);
    expect(({} as Record<string, unknown>).operatorId).toBeUndefined();
  });
});

test('a batch of several subjects keeps order, and its records their numbers', async () => {
  const two = {
    ...sale,
    eventId: 'e2',
    sequenceNumber: 2,
    lines: [line, { ...line, lineSequence: 2, lineType: 'VOID', unitPrice: null }],
  };
  const { value, rejected } = await run([
    { value: avro('retail.inventory.movement', movement) },
    { value: bytesOf('garbage') },
    { value: json(sale) },
    { value: avro('retail.inventory.movement', { ...movement, movementId: 'M2' }) },
    { value: avro(POS, two) },
    { value: json({ ...sale, transactionType: 'VOID', sequenceNumber: 3 }) },
  ]);
  expect(rejected.map(({ index }) => index)).toEqual([1]);
  expect(value.map(({ subject, recordIndex }) => [subject, [...recordIndex]])).toEqual([
    ['retail.inventory.movement', [0, 3]],
    [POS, [2, 4, 4, 5]],
  ]);
  expect(new Set(value[1].identity).size).toBe(3);
  expect(value[1].identity[1]).toBe(value[1].identity[2]);
  const { numbered, ...events } = { ...shelfEvents(value[1]) };
  const textsOf = ({ numbers, texts }: NumberedTexts) => [...numbers].map((number) => texts[number]);
  expect(numbered && [textsOf(numbered.store), textsOf(numbered.item)]).toEqual([events.store, events.item]);
  expect(events).toEqual({
    rows: 4,
    store: ['S1', 'S1', 'S1', 'S1'],
    item: ['I1', 'I1', 'I1', 'I1'],
    category: ['dairy', 'dairy', 'dairy', 'dairy'],
    quantity: Float64Array.of(2, 2, 2, 2),
    unitPrice: Float64Array.of(4.29, 4.29, NaN, 4.29),
    currency: ['COP', 'COP', 'COP', 'COP'],
    effect: ['sale', 'sale', 'ignore', 'ignore'],
    eventTimeMs: Float64Array.of(...Array<number>(4).fill(sale.beginDateTime)),
    till: ['T1', 'T1', 'T1', 'T1'],
  });
  expect(shelfEvents(value[0])).toMatchObject({
    effect: ['receipt', 'receipt'],
    category: [null, null],
    unitPrice: Float64Array.of(NaN, NaN),
  });
});

test('visits are sights of a shelf when they name one and its page showed none', async () => {
  const view = {
    ...{ eventId: 'w', name: 'view_item', eventTime: 1_700_000_000_000, sessionId: 'v1' },
    ...{ fulfilmentStoreId: 'S1', itemId: 'I1', availabilityShown: 'OutOfStock' },
  };
  const { value, rejected } = await run(
    [
      view,
      { ...view, availabilityShown: 'InStock' },
      { ...view, availabilityShown: null },
      { ...view, fulfilmentStoreId: null },
      { ...view, name: 'add_to_cart_failed', availabilityShown: 'InStock', sessionId: 'v2' },
      { ...view, name: 'search', itemId: null, resultsCount: 0 },
      { ...view, name: 'search', resultsCount: 0 },
      { ...view, name: 'search', resultsCount: 3 },
      { ...view, name: 'search', resultsCount: null },
    ].map((event, index) => ({
      value: avro('retail.web', { ...view, clientId: null, ...event, eventId: `w${index}` }),
    })),
  );
  expect(rejected).toEqual([]);
  expect(shelfEvents(value[0])).toMatchObject({
    effect: [
      ...['seen_out', 'ignore', 'ignore', 'ignore', 'cart_failed', 'ignore'],
      ...['search_missed', 'ignore', 'ignore'],
    ],
    session: ['v1', 'v1', 'v1', 'v1', 'v2', 'v1', 'v1', 'v1', 'v1'],
    quantity: new Float64Array(9),
  });
});

test('what a shelf has no interest in says nothing of shelves', async () => {
  const item = { eventId: 'i', itemId: 'I1', name: 'Leche', updatedAt: 1_700_000_000_000 };
  const { value } = await run([{ value: avro('retail.catalog.item', item) }]);
  expect(shelfEvents(value[0])).toBeNull();
});

test('no message repeats a value', async () => {
  const secret = 'Maria-Perez-1987';
  const spoiled = [
    { ...sale, operatorId: [secret] },
    { ...sale, transactionType: secret },
    { ...sale, beginDateTime: secret },
    { ...sale, businessDayDate: secret },
    { ...sale, currencyCode: secret },
    { ...sale, lines: secret },
    { specversion: '1.0', type: secret, data: sale },
  ];
  for (const event of spoiled)
    expect((await rejectionOf({ value: json(event) })).message).not.toContain(secret);
  expect((await rejectionOf({ value: bytesOf(`{"customerId": ${secret}}`) })).message).not.toContain(secret);
  expect(
    (await rejectionOf({ value: json(sale), headers: [header('ce_type', secret)] })).message,
  ).not.toContain(secret);
});
