import { Contract, type ContractLookup, type KnownSchema, type SchemaId } from '@gondola/contract';
import { recordBatchOf, type Header } from '@gondola/stream';
import { bytesOf, header, json, NOW_MS } from '../test/support.js';
import { createValidateStage } from './validate.stage.js';

const SUBJECT = 'shop.sold';
const schemaOf = (quantity: object) =>
  JSON.stringify({
    type: 'object',
    required: ['eventId', 'soldAt', 'quantity'],
    properties: { eventId: { type: 'string' }, soldAt: { type: 'string', format: 'date-time' }, quantity },
  });
const contract = new Contract({
  subject: SUBJECT,
  text: 'owner: o\ndescription: d\nroles: { eventId: eventId, eventTime: soldAt }\n',
  versions: [
    { version: 1, id: 1, kind: 'json', text: schemaOf({ type: 'integer', maximum: 5 }) },
    { version: 2, id: 2, kind: 'json', text: schemaOf({ type: 'integer', maximum: 10 }) },
  ],
  where: SUBJECT,
});
contract.addJsonWriter('schema 3', schemaOf({ type: 'integer', minimum: 8 }), []);
const known = (version: number, writer: KnownSchema['writer']): KnownSchema => ({
  contract,
  version,
  kind: 'json',
  writer,
});
const schemas = new Map<SchemaId, KnownSchema>([
  [1, known(1, 1)],
  [2, known(2, 2)],
  [3, known(7, 'schema 3')],
]);
const registry: ContractLookup = {
  contractOf: (name) => (name.replace(/\.v\d$/, '') === SUBJECT ? contract : null),
  schemaById: (id) => schemas.get(id) ?? null,
};

async function judged(value: Uint8Array, headers: readonly Header[] = []) {
  const stage = createValidateStage({ registry, defaultSubject: SUBJECT });
  const records = recordBatchOf('s', '0', 0n, [{ key: null, value, headers, timestampMs: NOW_MS }]);
  const { value: batches, rejected } = await stage.run(records, { records, rejected: [], nowMs: NOW_MS });
  if (batches.length > 0) return batches[0].schemaVersion[0];
  const [rejection] = rejected;
  return rejection.kind === 'quarantine' ? `${rejection.pointer} ${rejection.message}` : rejection.kind;
}

const sold = (quantity: number) => ({ eventId: 'e', soldAt: '2026-10-05T08:00:00Z', quantity });
const prefixed = (id: number, body: Uint8Array) => Buffer.concat([Uint8Array.of(0, 0, 0, 0, id), body]);
/** The same, in a form that the fast reader leaves alone. */
const escaped = (quantity: number) => bytesOf(JSON.stringify(sold(quantity)).replace('"e"', '"\\u0065"'));
const typed = (version: string) => [header('ce_type', `${SUBJECT}${version}`)];
const envelope = (type: string, quantity: number) =>
  json({ specversion: '1.0', id: '1', source: '/', type, data: sold(quantity) });

const most = (limit: number) => `/quantity maximum: at most ${limit} expected`;

test.each<[string, Uint8Array, readonly Header[], number | string]>([
  ['of an old version', prefixed(1, json(sold(5))), [], 1],
  ['that its own version does not allow', prefixed(1, json(sold(6))), [], most(5)],
  ['that its own version does not allow, read slowly', prefixed(1, escaped(6)), [], most(5)],
  ['of the newest version', prefixed(2, json(sold(6))), [], 2],
  ['of a schema of a registry', prefixed(3, json(sold(8))), [], 7],
  [
    'that the schema of a registry does not allow',
    prefixed(3, json(sold(7))),
    [],
    '/quantity minimum: at least 8 expected',
  ],
  ['without a frame', json(sold(10)), [], 2],
  ['without a frame that is wrong', json(sold(11)), [], most(10)],
  ['in a typed CloudEvent', json(sold(5)), typed('.v1'), 1],
  ['in a typed CloudEvent that is wrong', json(sold(6)), typed('.v1'), most(5)],
  ['in an envelope', envelope(SUBJECT, 10), [], 2],
  ['in an envelope of a version', envelope(`${SUBJECT}.v1`, 6), [], most(5)],
  ['that is Avro by its prefix', prefixed(1, Uint8Array.of(2, 65)), [], ' not JSON'],
  [
    'that is Avro by its content type',
    Uint8Array.of(2, 65),
    [...typed(''), header('content-type', 'application/avro')],
    " avro without a schema id, and the contract's own schema is no avro",
  ],
])('a record %s', async (_, value, headers, wanted) => {
  expect(await judged(value, headers)).toBe(wanted);
});
