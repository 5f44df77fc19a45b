import { Contract } from '@gondola/contract';
import { recordBatchOf } from '@gondola/stream';
import { avro, header, json, NOW_MS, POS, registry, sale } from '../test/support.js';
import { createMaskRecord } from './masked-record.js';
import { createTokenize } from './tokens.js';
import { createValidateStage } from './validate.stage.js';
import { ByteValues } from '@gondola/stream';

const KEY = 'a key of thirty-two bytes or more.';
const bytesOf = (text: string) => new TextEncoder().encode(text);
const token = (text: string) => createTokenize(KEY)(ByteValues.of([text])).textAt(0);
const buyer = { operatorId: 'Luis', customerId: 'Ana', loyaltyId: '77' };
const nobody = { operatorId: null, customerId: null, loyaltyId: null };

it.each([
  ['Avro', avro(POS, { ...sale, ...buyer }), []],
  ['JSON with a field that nobody knows', json({ ...sale, ...buyer, email: 'ana@example.com' }), []],
  [
    'JSON that says what it is',
    json({ ...sale, ...buyer }),
    [header('ce_type', POS), header('x-user', 'Ana')],
  ],
])('%s is written anew without what is personal', (_, value, headers) => {
  const records = recordBatchOf('s', '0', 0n, [{ key: bytesOf('Ana'), value, headers, timestampMs: NOW_MS }]);
  const masked = createMaskRecord({ registry, defaultSubject: POS, key: KEY })(records, 0);
  const event = JSON.parse(Buffer.from(masked.value).toString()) as object;
  expect(event).toMatchObject({ ...sale, ...nobody });
  expect(event).not.toHaveProperty('email');
  expect(Buffer.from(masked.key ?? []).toString()).toBe(token('Ana'));
  expect(masked.headers.map(({ key, value: text }) => [key, Buffer.from(text).toString()])).toEqual([
    ['ce_specversion', '1.0'],
    ['ce_type', `${POS}.v1`],
    ['content-type', 'application/json'],
  ]);
});

it('is read again as the event that it was, also where it is too large for JSON', async () => {
  const lines = Array.from({ length: 9_000 }, (_, at) => ({ ...sale.lines[0], lineSequence: at + 1 }));
  for (const event of [sale, { ...sale, lines }]) {
    const sent = recordBatchOf('s', '0', 0n, [
      { key: null, value: avro(POS, { ...event, ...buyer }), timestampMs: NOW_MS },
    ]);
    const masked = createMaskRecord({ registry, defaultSubject: null, key: KEY })(sent, 0);
    expect(masked.value.length).toBeLessThan(1_000_000);
    const records = recordBatchOf('v', '0', 0n, [{ ...masked, timestampMs: NOW_MS }]);
    const stage = createValidateStage({ registry, defaultSubject: null });
    const { value, rejected } = await stage.run(records, { records, rejected: [], nowMs: NOW_MS });
    expect([rejected, value[0].table.rows]).toEqual([[], event.lines.length]);
  }
});

const visits = (rules = '') =>
  new Contract({
    subject: 'clinic.visit',
    where: 'clinic.visit',
    versions: [
      {
        version: 1,
        id: 1,
        text: JSON.stringify({
          type: 'record',
          name: 'Visit',
          fields: [
            { name: 'eventId', type: 'string' },
            { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
            { name: 'who', type: 'string' },
            { name: 'zip', type: 'string' },
            { name: 'address', type: 'string' },
            { name: 'born', type: { type: 'int', logicalType: 'date' } },
            { name: 'seenAt', type: { type: 'long', logicalType: 'timestamp-micros' } },
            { name: 'age', type: 'int' },
            { name: 'income', type: 'double' },
            { name: 'notes', type: { type: 'map', values: 'string' } },
            { name: 'phone', type: ['null', 'string'], default: null },
          ],
        }),
      },
    ],
    text: `
owner: tests
description: A visit, where personal fields may not be null
roles: { eventId: eventId, eventTime: at }
personal:
  who: token
  zip: { truncate: 3 }
  address: { truncate: 9 }
  born: { generalise: year }
  seenAt: { generalise: hour }
  age: { generalise: 10 }
  income: { generalise: 1000 }
  notes: token
  phone: drop
rules: [${rules}]
`,
  });
const visit = {
  eventId: 'v1',
  at: NOW_MS,
  who: 'Ana',
  zip: '110111',
  address: 'Calle',
  born: '1984-02-29',
  seenAt: '2026-10-31T14:35:10Z',
  age: 37,
  income: 4321.5,
  notes: { Ana: 'asthma' },
  phone: '+57300',
};
const maskedVisit = (contract: Contract) => {
  const lookup = { contractOf: () => contract, schemaById: () => null };
  const records = recordBatchOf('s', '0', 0n, [{ key: null, value: json(visit), timestampMs: NOW_MS }]);
  return createMaskRecord({ registry: lookup, defaultSubject: 'clinic.visit', key: KEY })(records, 0);
};

it('what may not be null is masked as in silver, or says nothing', () => {
  expect(JSON.parse(Buffer.from(maskedVisit(visits()).value).toString())).toEqual({
    eventId: 'v1',
    at: NOW_MS,
    who: token('Ana'),
    zip: '110',
    address: 'Call',
    born: Date.UTC(1984, 0, 1) / 86_400_000,
    seenAt: Date.UTC(2026, 9, 31, 14) * 1000,
    age: 30,
    income: 4000,
    notes: {},
    phone: null,
  });
});

it('a rule that needs a personal field is named: the stream cannot hold such events', () => {
  const rule = "{ name: phoneGiven, check: 'phone != null', message: a phone is needed, pointer: /phone }";
  expect(() => maskedVisit(visits(rule))).toThrow(
    expect.objectContaining({
      code: 'contract_invalid',
      message: expect.stringContaining('clinic.visit, rule phoneGiven'),
    }),
  );
});
