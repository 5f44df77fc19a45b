import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { ContractLookup, RemoteSchema, SchemaId } from '@gondola/contract';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadEmbeddedRegistry, RemoteSchemas } from '@gondola/schema-registry';
import { recordBatchOf, silentLog, type Header } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { createShowRecord, createValidateStage } from '@gondola/validate';
import { SHIPPED } from './line.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const POS = 'retail.pos.transaction';
const MOVEMENT = 'retail.inventory.movement';
const GUID = '01020304-0506-0708-090a-0b0c0d0e0f10';
const GUID_BYTES = Uint8Array.from({ length: 16 }, (_, index) => index + 1);

const COMMON = 'syntax = "proto3"; package common; message Person { string id = 1; }';
const FILE = `
syntax = "proto3";
package retail.inventory;
import "common.proto";
import "google/protobuf/timestamp.proto";
message Head { string about = 1; }
message Till {
  string event_id = 1;
  string retail_store_id = 2;
  string workstation_id = 3;
  int64 sequence_number = 4;
  int32 business_day_date = 5;
  google.protobuf.Timestamp begin_date_time = 6;
  Type transaction_type = 7;
  string currency_code = 8;
  repeated Line lines = 9;
  common.Person who = 10;
  enum Type { TYPE_UNSPECIFIED = 0; TYPE_SALE = 1; }
  enum LineType { SALE = 0; }
  message Line {
    int32 line_sequence = 1; LineType line_type = 2; string item_id = 3; double quantity = 4; optional double unit_price = 5;
  }
}
message movement {
  string event_id = 1; string movement_id = 2; string location_id = 3; string item_id = 4;
  google.protobuf.Timestamp event_time = 5; double quantity = 6; string reason = 7;
}`;

const { root } = protobuf.parse(FILE, new protobuf.Root());
protobuf.parse(COMMON, root);
root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {});
const encode = (name: string, value: Record<string, unknown>) => {
  const type = root.lookupType(name);
  return type.encode(type.fromObject(value)).finish();
};
const time = { seconds: NOW_MS / 1000 - 1, nanos: 0 };
const till = encode('Till', {
  eventId: 'e',
  retailStoreId: 'S1',
  workstationId: 'T1',
  sequenceNumber: 1,
  businessDayDate: 20_000,
  beginDateTime: time,
  transactionType: 'TYPE_SALE',
  currencyCode: 'COP',
  lines: [{ lineSequence: 1, itemId: 'I1', quantity: 2, unitPrice: 4.29 }],
  who: { id: 'p' },
});
const moved = encode('movement', {
  eventId: 'm',
  movementId: 'M1',
  locationId: 'S1',
  itemId: 'I1',
  eventTime: time,
  quantity: 4,
  reason: 'RECEIPT',
});

const joined = (...parts: readonly (Uint8Array | readonly number[])[]) =>
  Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
const header = (key: string, value: Uint8Array | string): Header => ({
  key,
  value: Uint8Array.from(Buffer.from(value)),
});
const envelope = (more: object) =>
  Uint8Array.from(
    Buffer.from(JSON.stringify({ specversion: '1.0', id: '1', source: '/till', type: POS, ...more })),
  );
const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');

async function judged(
  registry: ContractLookup,
  value: Uint8Array,
  headers: readonly Header[],
  defaultSubject: string | null = null,
) {
  const stage = createValidateStage({ registry, defaultSubject });
  const records = recordBatchOf('s', '0', 0n, [{ key: null, value, headers, timestampMs: NOW_MS }]);
  const { value: batches, rejected } = await stage.run(records, { records, rejected: [], nowMs: NOW_MS });
  const [batch] = batches;
  const answer = batch ? `${batch.subject} ${batch.schemaVersion[0]}` : rejected[0].reason;
  return { answer, shown: createShowRecord({ registry, defaultSubject })(records, 0) };
}

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gondola-protobuf-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('schemas of a registry elsewhere', () => {
  const of = (text: string, subject: string, version: number): RemoteSchema => ({
    kind: 'protobuf',
    text,
    names: [{ subject, version }],
    references: [{ name: 'common.proto', text: COMMON }],
  });
  const elsewhere = new Map<SchemaId, RemoteSchema>([
    [7, of(FILE, `${POS}-value`, 3)],
    [GUID, of(FILE, `${POS}-value`, 3)],
    [8, of(FILE.replace('message Head { string about = 1; }', ''), POS, 4)],
    [9, of('message {', POS, 5)],
    [10, of(FILE, 'nobody', 1)],
  ]);
  const schemaUri = 'https://r/schemas/ids/8';

  test.each<[string, Uint8Array, readonly Header[], string]>([
    ['Confluent’s prefix, second message', joined([0, 0, 0, 0, 7, 2, 2], till), [], `${POS} 3`],
    ['a message with a contract of its name', joined([0, 0, 0, 0, 7, 2, 4], moved), [], `${MOVEMENT} 3`],
    ['the first message, which is no event', joined([0, 0, 0, 0, 7, 0], till), [], 'schema_mismatch'],
    ['the first message', joined([0, 0, 0, 0, 8, 0], till), [], `${POS} 4`],
    ['a message within', joined([0, 0, 0, 0, 8, 4, 0, 0], till), [], 'schema_mismatch'],
    ['a message that there is not', joined([0, 0, 0, 0, 7, 2, 18], till), [], 'decode_failed'],
    ['no message said', joined([0, 0, 0, 0, 7]), [], 'decode_failed'],
    ['an event cut off', joined([0, 0, 0, 0, 8, 0], till.subarray(0, 40)), [], 'decode_failed'],
    ['a file that is none', joined([0, 0, 0, 0, 9, 0], till), [], 'schema_mismatch'],
    ['a file of nobody', joined([0, 0, 0, 0, 10, 2, 2], till), [], 'subject_unknown'],
    ['the same file, a message with a contract', joined([0, 0, 0, 0, 10, 2, 4], moved), [], `${MOVEMENT} 1`],
    [
      'Confluent’s header, which says the message too',
      till,
      [header('__value_schema_id', joined([1], GUID_BYTES, [2, 2]))],
      `${POS} 3`,
    ],
    [
      'Confluent’s header, no message said',
      till,
      [header('__value_schema_id', joined([0, 0, 0, 0, 8]))],
      `${POS} 4`,
    ],
    [
      'Confluent’s header, nonsense said',
      till,
      [header('__value_schema_id', joined([0, 0, 0, 0, 8, 1]))],
      'decode_failed',
    ],
    ['Glue', joined([3, 0], GUID_BYTES, [1], till), [], `${POS} 3`],
    ['Glue, another message', joined([3, 0], GUID_BYTES, [3], moved), [], `${MOVEMENT} 3`],
    ['Glue, zlib', joined([3, 5], GUID_BYTES, deflateSync(joined([1], till))), [], `${POS} 3`],
    [
      'Glue, zlib, a message that there is not',
      joined([3, 5], GUID_BYTES, deflateSync(joined([40], till))),
      [],
      'decode_failed',
    ],
    [
      'Glue, zlib, a bomb',
      joined([3, 5], GUID_BYTES, deflateSync(new Uint8Array(10_000_000))),
      [],
      'value_too_large',
    ],
    ['Glue, no zlib', joined([3, 5], GUID_BYTES, [1], till), [], 'decode_failed'],
    [
      'CloudEvents, binary',
      till,
      [
        header('ce_type', POS),
        header('content-type', 'application/protobuf'),
        header('ce_dataschema', schemaUri),
      ],
      `${POS} 4`,
    ],
    [
      'CloudEvents, binary, without a schema',
      till,
      [header('ce_type', POS), header('content-type', 'application/x-protobuf')],
      'schema_unknown',
    ],
    [
      'CloudEvents, structured',
      envelope({ data_base64: base64(till), dataschema: schemaUri }),
      [],
      `${POS} 4`,
    ],
    [
      'CloudEvents, structured, without a schema',
      envelope({ data_base64: base64(till), datacontenttype: 'application/protobuf' }),
      [],
      'schema_unknown',
    ],
  ])('%s', async (_, value, headers, wanted) => {
    const schemas = new RemoteSchemas(
      {
        contracts: loadEmbeddedRegistry(SHIPPED.schemas),
        registry: {
          address: 'here',
          idOf: () => Promise.resolve(null),
          find: (id) => Promise.resolve(elsewhere.get(id) ?? null),
        },
        store: createLocalDiskStore(folder),
        folder: 'dev/_schemas/here',
        clock: createManualClock(NOW_MS),
        log: silentLog,
        random: () => 0.5,
      },
      { deadlineMs: 5_000, unknownMs: 60_000, requestsMax: 8, waits: true },
    );
    const { answer, shown } = await judged(schemas, value, headers);
    schemas.close();
    expect(answer).toBe(wanted);
    // People see what is known of the fields, and of what is cut off no text.
    if (wanted === `${POS} 4` || wanted === `${POS} 3`)
      expect(shown.fields).toMatchObject({ retailStoreId: 'S1' });
    expect(JSON.stringify(shown)).not.toContain('"p"');
  });
});

describe('a contract whose schema is a .proto file', () => {
  const OWN = FILE.replace('message Head { string about = 1; }', '')
    .replace('import "common.proto";', '')
    .replace('common.Person who = 10;', '');
  const SUBJECT = 'shop.till';
  const type = (more: readonly Header[] = []) => [header('ce_type', SUBJECT), ...more];
  const json = Uint8Array.from(
    Buffer.from(
      JSON.stringify({
        eventId: 'e',
        beginDateTime: new Date(NOW_MS - 1000).toISOString(),
        retailStoreId: 'S1',
        sequenceNumber: '1',
      }),
    ),
  );

  function load(): ReturnType<typeof loadEmbeddedRegistry> {
    cpSync(SHIPPED.schemas, folder, { recursive: true });
    const where = join(folder, SUBJECT);
    mkdirSync(where);
    writeFileSync(join(where, 'v1.proto'), OWN);
    writeFileSync(
      join(where, 'contract.yaml'),
      'owner: o\ndescription: d\nroles: { eventId: eventId, eventTime: beginDateTime }\n',
    );
    const ids = JSON.parse(readFileSync(join(folder, 'ids.json'), 'utf8')) as Record<string, object>;
    writeFileSync(join(folder, 'ids.json'), JSON.stringify({ ...ids, [SUBJECT]: { 1: 90 } }));
    return loadEmbeddedRegistry(folder);
  }

  test.each<[string, Uint8Array, readonly Header[], string]>([
    ['Confluent’s prefix', joined([0, 0, 0, 0, 90, 0], till), [], `${SUBJECT} 1`],
    ['another message of the file', joined([0, 0, 0, 0, 90, 2, 2], moved), [], 'schema_mismatch'],
    ['CloudEvents, binary', till, type(), `${SUBJECT} 1`],
    [
      'CloudEvents, binary, by content type',
      till,
      type([header('content-type', 'application/protobuf')]),
      `${SUBJECT} 1`,
    ],
    ['CloudEvents, binary, as JSON', json, type(), `${SUBJECT} 1`],
    [
      'CloudEvents, binary, as Avro, which it is not',
      till,
      type([header('content-type', 'application/avro')]),
      'schema_unknown',
    ],
    ['CloudEvents, structured', envelope({ type: SUBJECT, data_base64: base64(till) }), [], `${SUBJECT} 1`],
    ['nothing but the event', till, [], `${SUBJECT} 1`],
    ['nothing but its JSON', json, [], `${SUBJECT} 1`],
    ['nothing but garbage', joined([0xff, 0xff]), [], 'decode_failed'],
  ])('%s', async (_, value, headers, wanted) => {
    expect((await judged(load(), value, headers, SUBJECT)).answer).toBe(wanted);
  });

  test('whatever comes is an event or quarantined', async () => {
    const registry = load();
    const good = [joined([0, 0, 0, 0, 90, 0], till), joined([0, 0, 0, 0, 90, 4, 2, 0], till), till];
    const change = fc.tuple(fc.nat(200), fc.nat(255));
    const property = fc.asyncProperty(
      fc.constantFrom(...good),
      fc.array(change, { maxLength: 4 }),
      async (bytes, changes) => {
        const changed = bytes.slice();
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        expect((await judged(registry, changed, [], SUBJECT)).answer).toEqual(expect.any(String));
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });

  test('its text and kind are what the registry serves; two files of one version are refused', () => {
    const registry = load();
    expect([registry.schemaText(90), registry.schemaKind(90), registry.schemaKind(1)]).toEqual([
      OWN,
      'protobuf',
      'avro',
    ]);
    writeFileSync(join(folder, SUBJECT, 'v1.avsc'), '{}');
    expect(() => loadEmbeddedRegistry(folder)).toThrow('two files of v1');
  });
});
