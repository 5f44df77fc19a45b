import { join } from 'node:path';
import { Contract, type Masking } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { SALE_PROTO } from '../../contract/test/proto-sale.js';
import { FILE } from '../../contract/test/sale-contract.js';
import { asyncApiOf } from './asyncapi.js';
import { glossaryOf } from './glossary.js';
import type { LineFacts } from './line-facts.js';
import { renderPage } from './page.js';
import { describeSubject } from './subject-doc.js';
import { expectationWords, maskingWords } from './words.js';

const contracts = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas')).contracts();
const examples = {
  pass: [{ name: 'sale.json', event: { itemId: '<b>"I-1"</b>' } }],
  fail: [{ name: 'no-lines.json', reason: 'rule_broken', pointer: '/lines' }],
};
const subjects = contracts.map((contract) => describeSubject(contract, examples));
const versions = [{ version: 1, id: 1, kind: 'protobuf' as const, text: SALE_PROTO }];
const inProtobuf = describeSubject(
  new Contract({
    subject: 'shop.sale',
    text: FILE.replace('[TEST]', '[MODE_TEST]'),
    versions,
    where: 'here',
  }),
  examples,
);
const facts: LineFacts = {
  environment: 'qa',
  stream: 'events',
  signals: 'signals',
  written: new Set(['retail.stockout.signal']),
  reference: new Set(['retail.catalog.item']),
  kafka: null,
  registryUrl: null,
};
const kafka = { bootstrap: ['a.example:9092', 'b.example:9092'], isEncrypted: true, mechanism: 'plain' };
const registryUrl = 'https://registry.example/apis/ccompat/v7';

describe('AsyncAPI', () => {
  // The specification's own schema names keywords of its documents, and formats that say nothing of their form.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const isDocument = ajv.compile(specs.schemasWithoutId['3.0.0']);

  test.each([
    ['by themselves', facts],
    ['with Kafka and a registry', { ...facts, kafka, registryUrl }],
  ])('is what the specification says: contracts %s', (_, given) => {
    const document = asyncApiOf([...subjects, inProtobuf], given, '1.0.0');
    isDocument(document);
    expect(isDocument.errors ?? []).toEqual([]);
  });

  test('the check can fail, also of a binding', () => {
    const text = JSON.stringify(asyncApiOf(subjects, { ...facts, kafka, registryUrl }, '1.0.0'));
    for (const [is, wrong] of [
      ['"address":"events"', '"address":3'],
      ['"schemaIdLocation":"payload"', '"schemaIdLocation":"nowhere"'],
      ['"schemaRegistryVendor":"confluent"', '"schemaRegistryVendor":3'],
    ])
      expect({ wrong, ok: isDocument(JSON.parse(text.replace(is, wrong))) }).toEqual({ wrong, ok: false });
  });

  test('what goes which way, with which schema and bindings', () => {
    const document = asyncApiOf(subjects, { ...facts, kafka, registryUrl }, '1.0.0');
    expect(document).toMatchObject({
      servers: {
        'kafka-2': {
          host: 'b.example:9092',
          protocol: 'kafka-secure',
          bindings: {
            kafka: {
              schemaRegistryUrl: registryUrl,
              schemaRegistryVendor: 'confluent',
              bindingVersion: '0.5.0',
            },
          },
        },
      },
      channels: {
        'retail.web': { address: 'events', bindings: { kafka: { topic: 'events' } } },
        'retail.stockout.signal': { address: 'signals' },
      },
      operations: {
        'receive-retail.web': { action: 'receive', channel: { $ref: '#/channels/retail.web' } },
        'send-retail.stockout.signal': { action: 'send' },
      },
      components: {
        messages: {
          'retail.web': {
            payload: { schema: { name: 'WebEvent' } },
            bindings: {
              kafka: {
                key: { description: 'The first that is given of: fulfilmentStoreId, sessionId, eventId.' },
                schemaIdLocation: 'payload',
                schemaIdPayloadEncoding: 'confluent',
              },
            },
            'x-owner': 'e-commerce',
            'x-personal': { clientId: 'token', userId: 'token', searchTerm: 'drop' },
          },
        },
      },
    });
  });
});

describe('a schema with references', () => {
  const contractOf = (kind: 'avro' | 'json', schema: object, others: Readonly<Record<string, object>>) =>
    new Contract({
      subject: 'shop.order',
      text: 'owner: o\ndescription: d\nroles: { eventId: eventId, eventTime: at }\n',
      versions: [
        {
          version: 1,
          id: 1,
          kind,
          text: JSON.stringify(schema),
          references: Object.entries(others).map(([name, one]) => {
            return { name, subject: name, version: 1, text: JSON.stringify(one) };
          }),
        },
      ],
      where: 'here',
    });
  const documentOf = (contract: Contract) =>
    asyncApiOf([describeSubject(contract, examples)], facts, '1.0.0') as Readonly<
      Record<'components', { messages: Record<string, { payload: { schema: object } }> }>
    >;

  test.each([
    [undefined, 'money.json'],
    ['https://schemas.example/order.json', 'https://schemas.example/money.json'],
  ])('in JSON needs nothing but the document (its address: %s)', ($id, name) => {
    const cents = { type: 'integer', enum: [1, 5] };
    const schema = {
      ...($id && { $id }),
      type: 'object',
      required: ['eventId', 'at', 'price'],
      properties: {
        eventId: { $ref: '#/definitions/id' },
        at: { type: 'string', format: 'date-time' },
        price: { $ref: 'money.json' },
        default: { $ref: 'money.json#/definitions/cents' },
      },
      definitions: { id: { type: 'string' } },
    };
    const money = {
      type: 'object',
      required: ['cents'],
      properties: { cents: { $ref: '#/definitions/cents' }, in: { $ref: 'currency.json' } },
      definitions: { cents },
    };
    const others = { 'currency.json': { enum: ['COP'] }, [name]: money };
    const document = documentOf(contractOf('json', schema, others));
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const isOrder = ajv
      .addSchema(document, 'document')
      .compile({ $ref: 'document#/components/messages/shop.order/payload/schema' });
    const order = { eventId: 'e', at: '2026-10-23T11:58:00Z', price: { cents: 5, in: 'COP' }, default: 1 };
    expect(isOrder(order)).toBe(true);
    for (const bad of [
      { eventId: 1 },
      { price: {} },
      { price: { cents: 2 } },
      { price: { cents: 1, in: 'EUR' } },
      { default: 2 },
    ])
      expect({ bad, ok: isOrder({ ...order, ...bad }) }).toEqual({ bad, ok: false });
  });

  test('in Avro defines each type where it is first named', () => {
    const field = (name: string, type: unknown) => ({ name, type });
    const currency = { type: 'enum', name: 'Currency', namespace: 'shop.types', symbols: ['COP'] };
    const money = {
      type: 'record',
      name: 'Money',
      namespace: 'shop.types',
      fields: [field('cents', 'long'), field('in', 'Currency')],
    };
    const schema = {
      type: 'record',
      name: 'Order',
      namespace: 'shop',
      fields: [
        field('eventId', 'string'),
        field('at', { type: 'long', logicalType: 'timestamp-millis' }),
        field('price', ['null', 'shop.types.Money']),
        field('tips', { type: 'array', items: 'shop.types.Money' }),
        field('in', 'shop.types.Currency'),
      ],
    };
    const contract = contractOf('avro', schema, {
      'shop.types.Currency': currency,
      'shop.types.Money': money,
    });
    const whole = documentOf(contract).components.messages['shop.order'].payload.schema;
    expect(contractOf('avro', whole, {}).schema).toEqual(contract.schema);
  });
});

test('a field: its column, its role, its mask', () => {
  const pos = subjects.find(({ contract }) => contract.subject === 'retail.pos.transaction');
  const field = (pointer: string) => pos?.fields.find((one) => one.pointer === pointer);
  expect(field('/eventId')).toMatchObject({
    column: { name: 'event_id', type: 'string' },
    roles: ['event id'],
  });
  expect(field('/retailStoreId')).toMatchObject({ roles: ['identity', 'key', 'store of the shelf'] });
  expect(field('/operatorId')).toMatchObject({ masking: 'drop', isRequired: false, isNullable: true });
  expect(field('/lines')).toMatchObject({ column: null, type: 'list of PosLine', roles: ['one row each'] });
  expect(field('/lines/*/quantity')).toMatchObject({
    depth: 1,
    column: { name: 'quantity', type: 'decimal(18, 3)' },
    meaning: 'Units, always positive; lineType says which way they go.',
    roles: ['units moved'],
  });
});

test('a contract in Protobuf is told as one in Avro', () => {
  expect(inProtobuf.fields.find(({ pointer }) => pointer === '/items/*/itemId')).toMatchObject({
    column: { name: 'item_id', type: 'string' },
    roles: ['item of the shelf'],
  });
  expect(asyncApiOf([inProtobuf], facts, '1.0.0')).toMatchObject({
    components: { messages: { 'shop.sale': { payload: { schema: SALE_PROTO } } } },
  });
});

test.each<[Masking, string]>([
  ['drop', 'dropped'],
  ['token', 'token'],
  [{ truncate: 3 }, 'first 3 characters'],
  [{ truncate: 'ip' }, 'network of the address'],
  [{ generalise: 'month' }, 'by the month'],
  [{ generalise: 10 }, 'in steps of 10'],
])('the mask %j in words', (masking, words) => {
  expect(maskingWords(masking)).toBe(words);
});

test('expectations in words', () => {
  const pos = subjects.find(({ contract }) => contract.subject === 'retail.pos.transaction');
  expect(pos?.file.expectations.map(expectationWords)).toEqual([
    'sent within 60 minutes; of at least 99 %',
    'sent once; of at least 99 %',
    'merchandiseGroup is given; of at least 90 %',
    'unitPrice is given; of at least 99 %',
    'unitPrice is at least 0.0001; of at least 99 %',
    'itemId is known to retail.catalog.item; of at least 95 %',
    '0.3 to 3 times as many as usual',
  ]);
});

describe('the page', () => {
  const page = renderPage(subjects, facts, { rule_broken: 'A rule says no.' });

  test('has every field with its meaning, rule, owner and promise', () => {
    for (const { fields, file, contract } of subjects) {
      expect(page).toContain(`id="${contract.subject}"`);
      expect(page).toContain(`<dd>${file.owner}</dd>`);
      for (const { name, meaning } of fields) {
        expect(page).toContain(`<code>${name}</code>`);
        expect(meaning).not.toBe('');
      }
      for (const { name } of file.rules) expect(page).toContain(`<code>${name}</code>`);
    }
    expect(page).toContain('<dd>99.9 % of a day</dd>');
    expect(page).toContain('qa/silver/retail.pos.transaction');
  });

  test('every link leads somewhere, and every id is one place', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('what contracts say is text, never markup; nothing runs or is fetched', () => {
    expect(page).toContain('&lt;b&gt;\\&quot;I-1\\&quot;&lt;/b&gt;');
    expect(page).not.toMatch(/<script|<link|<img|https?:\/\//);
  });
});

test('the glossary has what is used and nothing else', () => {
  expect(glossaryOf('Till takes a phantom.').map(({ word }) => word)).toEqual(['phantom', 'till']);
});
