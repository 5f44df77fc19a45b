import { deflateSync } from 'node:zlib';
import type { ContractLookup, KnownSchema, SchemaId } from '@gondola/contract';
import { recordBatchOf, type Header } from '@gondola/stream';
import { avro, bytesOf, header, json, NOW_MS, POS, registry, sale } from '../test/support.js';
import { createValidateStage } from './validate.stage.js';

const contract = registry.contractOf(POS);
if (!contract) throw new Error(POS);

const ID = 70;
const JSON_ID = 71;
const GUID = '01020304-0506-0708-090a-0b0c0d0e0f10';
const GUID_BYTES = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
const HEX = '0a'.repeat(16);
const JSON_HEX = '0b'.repeat(16);

const known = (version: number, kind: KnownSchema['kind'] = 'avro'): KnownSchema => ({
  contract,
  version,
  kind,
  writer: 1,
});
/** By the version that comes out, it is seen which of them a record was read by. */
const schemas = new Map<SchemaId, KnownSchema>([
  [ID, known(11)],
  [JSON_ID, known(12, 'json')],
  [GUID, known(13)],
  [HEX, known(14)],
  [JSON_HEX, known(15, 'json')],
]);
const remote: ContractLookup = {
  contractOf: registry.contractOf,
  schemaById: (id) => schemas.get(id) ?? null,
  remote: { ready: async () => {}, begin() {}, more: () => null, idle() {} },
};

const body = avro(POS, sale).subarray(5);
const event = json(sale);
const int = (id: number) => Uint8Array.of(0, id >>> 24, id >>> 16, id >>> 8, id);
const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const bytesHeader = (key: string, value: Uint8Array): Header => ({ key, value });
const glue = (compression: number, rest: Uint8Array) =>
  joined(Uint8Array.of(3, compression), GUID_BYTES, rest);
const envelope = (more: object) => json({ specversion: '1.0', id: '1', source: '/till', type: POS, ...more });
const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');
/** Ten million zeros in ten kilobytes. */
const bomb = deflateSync(new Uint8Array(10_000_000));

async function judged(lookup: ContractLookup, value: Uint8Array, headers: readonly Header[] = []) {
  const stage = createValidateStage({ registry: lookup, defaultSubject: POS });
  const records = recordBatchOf('s', '0', 0n, [{ key: null, value, headers, timestampMs: NOW_MS }]);
  const { value: batches, rejected } = await stage.run(records, { records, rejected: [], nowMs: NOW_MS });
  return batches.length > 0 ? batches[0].schemaVersion[0] : rejected[0].reason;
}

type Case = readonly [name: string, value: Uint8Array, headers: readonly Header[], wanted: number | string];

describe('framings', () => {
  test.each<Case>([
    ["Confluent's prefix", joined(int(ID), body), [], 11],
    ["Confluent's prefix before JSON", joined(int(JSON_ID), event), [], 12],
    ["Confluent's prefix with an id that there is not", joined(int(99), body), [], 'schema_unknown'],
    [
      "Confluent's header with a GUID",
      body,
      [bytesHeader('__value_schema_id', joined(Uint8Array.of(1), GUID_BYTES))],
      13,
    ],
    ["Confluent's header with an id", body, [bytesHeader('__value_schema_id', int(ID))], 11],
    [
      "Confluent's header cut short",
      body,
      [bytesHeader('__value_schema_id', Uint8Array.of(1, 2))],
      'schema_unknown',
    ],
    // Its value is what a prefix would be, but is not one.
    [
      "Confluent's header before a value that begins with zeros",
      joined(int(ID), body),
      [bytesHeader('__value_schema_id', int(99))],
      'schema_unknown',
    ],
    ["Azure's content type", body, [header('content-type', `avro/binary+${HEX.toUpperCase()}`)], 14],
    ["Azure's content type of JSON", event, [header('content-type', `application/json+${JSON_HEX}`)], 15],
    [
      "Azure's content type with an id that there is not",
      body,
      [header('Content-Type', `avro/binary+${'b'.repeat(32)}`)],
      'schema_unknown',
    ],
    ["AWS Glue's", glue(0, body), [], 13],
    ["AWS Glue's with zlib", glue(5, deflateSync(body)), [], 13],
    ["AWS Glue's with what is not zlib", glue(5, body), [], 'decode_failed'],
    ["AWS Glue's with a bomb", glue(5, bomb), [], 'value_too_large'],
    ["AWS Glue's with a compression that there is not", glue(4, body), [], 'framing_unknown'],
    ["AWS Glue's cut short", glue(0, body).subarray(0, 17), [], 'framing_unknown'],
    ['CloudEvents, binary, by the type', event, [header('ce_type', POS)], 1],
    [
      'CloudEvents, binary Avro, by dataschema',
      body,
      [header('ce_type', POS), header('ce_dataschema', `https://r/schemas/ids/${ID}`)],
      11,
    ],
    [
      "CloudEvents, binary Avro, by Azure's dataschema",
      body,
      [
        header('cloudEvents:type', 'x'),
        header('cloudEvents_dataschema', `https://n/$schemaGroups/$schemas/${HEX}?api-version=1`),
      ],
      14,
    ],
    [
      "CloudEvents, binary Avro, by Azure's dataschema under AMQP's other name",
      body,
      [
        header('cloudEvents_type', 'x'),
        header('cloudEvents_dataschema', `https://n/$schemaGroups/$schemas/${HEX}?api-version=1`),
      ],
      14,
    ],
    [
      'CloudEvents, binary JSON, whatever dataschema says',
      event,
      [
        header('ce_type', POS),
        header('content-type', 'application/json'),
        header('ce_dataschema', 'https://r/schemas/ids/99'),
      ],
      1,
    ],
    ['CloudEvents, structured', envelope({ data: sale }), [], 1],
    [
      'CloudEvents, structured, with bytes',
      envelope({ data_base64: base64(body), dataschema: `https://r/schemas/guids/${GUID}` }),
      [],
      13,
    ],
    ['CloudEvents, structured, with bytes of the type', envelope({ data_base64: base64(body) }), [], 1],
    [
      'CloudEvents, structured, with bytes of JSON',
      envelope({ data_base64: base64(event), datacontenttype: 'application/json' }),
      [],
      1,
    ],
    [
      'CloudEvents, structured, with a schema that there is not',
      envelope({ data_base64: base64(body), dataschema: 'https://r/schemas/ids/99' }),
      [],
      'schema_unknown',
    ],
    [
      'CloudEvents, structured, with what is no base64 of an event',
      envelope({ data_base64: '!!!' }),
      [],
      'decode_failed',
    ],
    ['none, JSON of the default subject', event, [], 1],
    ['none', bytesOf('hello'), [], 'framing_unknown'],
  ])('%s', async (_, value, headers, wanted) => {
    expect(await judged(remote, value, headers)).toBe(wanted);
  });

  test('with the embedded registry alone, GUIDs are of nobody and the prefix is its own', async () => {
    expect(await judged(registry, avro(POS, sale))).toBe(1);
    expect(await judged(registry, glue(0, body))).toBe('schema_unknown');
    const named = [bytesHeader('__value_schema_id', joined(Uint8Array.of(1), GUID_BYTES))];
    expect(await judged(registry, body, named)).toBe('schema_unknown');
  });
});
