import { join } from 'node:path';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { asyncApiOf } from './asyncapi.js';
import { glossaryOf } from './glossary.js';
import type { LineFacts } from './line-facts.js';
import { renderPage } from './page.js';
import { describeSubject } from './subject-doc.js';

const contracts = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas')).contracts();
const examples = {
  pass: [{ name: 'sale.json', event: { itemId: '<b>"I-1"</b>' } }],
  fail: [{ name: 'no-lines.json', reason: 'rule_broken', pointer: '/lines' }],
};
const subjects = contracts.map((contract) => describeSubject(contract, examples));
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
    const document = asyncApiOf(subjects, given, '1.0.0');
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
