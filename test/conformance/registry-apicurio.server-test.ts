import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { Contract, encodeAvro, type RemoteSchema } from '@gondola/contract';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { createConfluentRegistry } from '@gondola/registry-confluent';
import { loadEmbeddedRegistry, RemoteSchemas } from '@gondola/schema-registry';
import { recordBatchOf, silentLog, systemClock } from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { cleanUp, newLake, start as startApi } from '../../apps/api/test/api-harness.js';
import { describeWithApicurio, startApicurio, type Apicurio } from '../servers/apicurio.js';

const schemas = join(import.meta.dirname, '../../schemas');
const NOW_MS = Date.UTC(2026, 10, 23, 12);
const POS = 'retail.pos.transaction';
const JSON_SCHEMA = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{}}';

describeWithApicurio('Apicurio Registry', () => {
  const contracts = loadEmbeddedRegistry(schemas);
  const signal = new AbortController().signal;
  let server: Apicurio;
  let folder: string;

  beforeAll(async () => {
    server = await startApicurio();
    folder = mkdtempSync(join(tmpdir(), 'gondola-apicurio-'));
    // In the order of their ids, so that both registries gave out the same ones.
    const ids = JSON.parse(readFileSync(join(schemas, 'ids.json'), 'utf8')) as Record<
      string,
      Record<string, number>
    >;
    const all = Object.entries(ids).flatMap(([subject, versions]) =>
      Object.values(versions).map((id) => ({ subject, id })),
    );
    for (const { subject, id } of all.sort((left, right) => left.id - right.id)) {
      await ask('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });
      expect(
        await ask('POST', `/subjects/${subject}/versions`, { schema: contracts.schemaText(id) }),
      ).toMatchObject({
        status: 200,
        body: { id },
      });
    }
  }, 300_000);
  afterAll(async () => {
    await cleanUp();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function ask(method: string, path: string, body?: object) {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const answer = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  const register = async (subject: string, body: object): Promise<number> =>
    Number((await ask('POST', `/subjects/${subject}/versions`, body)).body['id']);
  const registryAt = (url: string) => createConfluentRegistry({ urls: [url] });

  async function judged(values: readonly Uint8Array[]) {
    const registry = new RemoteSchemas(
      {
        contracts,
        registry: registryAt(server.url),
        store: createLocalDiskStore(folder),
        folder: 'dev/_schemas/confluent',
        clock: systemClock,
        log: silentLog,
        random: () => 0.5,
      },
      { deadlineMs: 20_000, unknownMs: 60_000, requestsMax: 8, waits: true },
    );
    const stage = createValidateStage({ registry, defaultSubject: null });
    const sent = values.map((value) => ({ key: null, value, timestampMs: NOW_MS }));
    const records = recordBatchOf('events', '0', 0n, sent);
    const { value, rejected } = await stage.run(records, { records, rejected: [], nowMs: NOW_MS });
    registry.close();
    return {
      versions: value.flatMap((batch) => [...batch.schemaVersion]),
      reasons: rejected.map(({ reason }) => reason),
      words: rejected.map((one) => (one.kind === 'quarantine' ? `${one.pointer} ${one.message}` : '')),
    };
  }

  const contract = contracts.contractOf(POS) as Contract;
  const sale = {
    eventId: 'e',
    retailStoreId: 'S1',
    workstationId: 'T1',
    sequenceNumber: 1,
    businessDayDate: 20_000,
    beginDateTime: NOW_MS - 1_000,
    transactionType: 'SALE',
    currencyCode: 'COP',
    lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 2, unitPrice: 4.29 }],
  };
  const framed = (id: number, body = encodeAvro(contract, sale).subarray(5)) => {
    const value = Buffer.concat([new Uint8Array(5), body]);
    value.writeInt32BE(id, 1);
    return value;
  };
  const textOf = (change: (schema: { fields: { name: string; type: unknown }[] }) => void) => {
    const schema = JSON.parse(contract.versions[0].text) as Parameters<typeof change>[0];
    change(schema);
    return JSON.stringify(schema);
  };

  test('gives what its ids are: events of a producer pass, a later version with what silver does not know, unknown ids do not', async () => {
    const id = await register(`${POS}-value`, { schema: contract.versions[0].text });
    const newer = textOf(({ fields }) => fields.unshift({ name: 'till', type: 'string' }));
    const newerId = await register('tills', { schema: newer });
    const body = Buffer.concat([Uint8Array.of(2, 65), encodeAvro(contract, sale).subarray(5)]);
    expect(await judged([framed(id), framed(newerId, body), framed(99_999)])).toMatchObject({
      versions: [1, 1],
      reasons: ['schema_unknown'],
    });
  });

  test('gives schemas of several parts, and says what they are named', async () => {
    const part = { type: 'record', name: 'Part', namespace: 'x', fields: [{ name: 'a', type: 'int' }] };
    const whole = {
      type: 'record',
      name: 'Whole',
      namespace: 'x',
      fields: [{ name: 'part', type: 'x.Part' }],
    };
    await register('part', { schema: JSON.stringify(part) });
    const references = [{ name: 'x.Part', subject: 'part', version: 1 }];
    const id = await register('whole', { schema: JSON.stringify(whole), references });
    const found = (await registryAt(server.url).find(id, signal)) as RemoteSchema;
    expect(found).toMatchObject({ kind: 'avro', names: [{ subject: 'whole', version: 1 }] });
    expect(
      [found.text, ...found.references.map(({ text }) => text)].map((text) => JSON.parse(text) as object),
    ).toEqual([whole, part]);
    const json = await register('any', { schemaType: 'JSON', schema: JSON_SCHEMA });
    expect(await registryAt(server.url).find(json, signal)).toMatchObject({ kind: 'json' });
  });

  test('Protobuf of two files: its records are read by the text that it gives', async () => {
    const money =
      'syntax = "proto3"; package shop.common; message Price { double amount = 1; string currency = 2; }';
    const till = `syntax = "proto3";
package shop.till;
import "shop/common/price.proto";
import "google/protobuf/timestamp.proto";
message Ping { string till = 1; }
message Sale {
  string event_id = 1;
  string retail_store_id = 2;
  string workstation_id = 3;
  uint64 sequence_number = 4;
  int32 business_day_date = 5;
  google.protobuf.Timestamp begin_date_time = 6;
  TransactionType transaction_type = 7;
  string currency_code = 8;
  repeated Line lines = 9;
  shop.common.Price total = 10;
  enum TransactionType { TRANSACTION_TYPE_UNSPECIFIED = 0; TRANSACTION_TYPE_SALE = 1; }
}
message Line {
  enum LineType { LINE_TYPE_UNSPECIFIED = 0; LINE_TYPE_SALE = 1; }
  int32 line_sequence = 1;
  LineType line_type = 2;
  string item_id = 3;
  double quantity = 4;
  optional double unit_price = 5;
}`;
    await register('price', { schemaType: 'PROTOBUF', schema: money });
    const references = [{ name: 'shop/common/price.proto', subject: 'price', version: 1 }];
    const id = await register(`${POS}.v1-value`, { schemaType: 'PROTOBUF', schema: till, references });
    expect(await registryAt(server.url).find(id, signal)).toMatchObject({
      kind: 'protobuf',
      names: [{ subject: `${POS}.v1-value`, version: 1 }],
      references: [{ name: 'shop/common/price.proto' }],
    });

    const { root } = protobuf.parse(till, new protobuf.Root());
    protobuf.parse(money, root);
    root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {});
    const type = root.lookupType('shop.till.Sale');
    const body = type.encode(
      type.fromObject({
        ...sale,
        beginDateTime: { seconds: sale.beginDateTime / 1000 },
        transactionType: 'TRANSACTION_TYPE_SALE',
        lines: sale.lines.map((line) => ({ ...line, lineType: 'LINE_TYPE_SALE' })),
        total: { amount: 8.58, currency: 'COP' },
      }),
    );
    const bytes = Buffer.from(body.finish());
    // The second message of the file; what comes before says so.
    const second = Buffer.concat([Uint8Array.of(2, 2), bytes]);
    const first = Buffer.concat([Uint8Array.of(0), bytes]);
    expect(await judged([framed(id, second), framed(id, first)])).toMatchObject({
      versions: [1],
      reasons: ['schema_mismatch'],
    });
  });

  test.each([
    ['http://json-schema.org/draft-07/schema#', 'definitions', 1],
    ['https://json-schema.org/draft/2020-12/schema', '$defs', 2],
  ])('gives JSON Schemas that judge the records that name them: %s', async ($schema, parts, version) => {
    const referred = `quantity-${version}.json`;
    const quantity = { $schema, type: 'number', exclusiveMinimum: 0 };
    await register(referred, { schemaType: 'JSON', schema: JSON.stringify(quantity) });
    const schema = {
      $schema,
      javaType: 'com.example.Movement',
      type: 'object',
      required: ['eventTime', 'quantity'],
      properties: { eventTime: { $ref: `#/${parts}/time` }, quantity: { $ref: referred } },
      [parts]: { time: { type: 'string', format: 'date-time' } },
    };
    const id = await register('retail.inventory.movement-value', {
      schemaType: 'JSON',
      schema: JSON.stringify(schema),
      references: [{ name: referred, subject: referred, version: 1 }],
    });
    const movement = {
      eventId: 'm',
      movementId: 'M1',
      locationId: 'S1',
      itemId: 'I1',
      eventTime: new Date(NOW_MS - 1_000).toISOString(),
      quantity: 40,
      reason: 'RECEIPT',
    };
    const sent = (change: object) => framed(id, Buffer.from(JSON.stringify({ ...movement, ...change })));
    const values = [
      sent({}),
      sent({ quantity: -1 }),
      sent({ eventTime: NOW_MS }),
      sent({ quantity: undefined }),
    ];
    expect(await judged(values)).toEqual({
      versions: [version],
      reasons: ['schema_mismatch', 'schema_mismatch', 'schema_mismatch'],
      words: [
        '/quantity exclusiveMinimum: more than 0 expected',
        '/eventTime type: text expected, found whole number',
        '/quantity required: missing',
      ],
    });
  });

  test('answers as the embedded registry does', async () => {
    const { app } = await startApi(await newLake(), {}, { schemas: contracts });
    const paths = [
      ...contracts
        .subjects()
        .flatMap((subject) => [
          `/subjects/${subject}/versions`,
          `/subjects/${subject}/versions/1`,
          `/subjects/${subject}/versions/latest`,
          `/schemas/ids/${contracts.schemaId(subject, 1)}`,
        ]),
      '/subjects/nobody/versions',
      `/subjects/retail.web/versions/9`,
      '/schemas/ids/99999',
    ];
    const shownBy = async (url: string, path: string) => {
      const answer = await fetch(`${url}${path}`);
      const body = (await answer.json()) as Record<string, unknown> & { schema?: string };
      if (Array.isArray(body)) return [answer.status, body];
      const { subject, version, schema, error_code: code } = body;
      // What is beside these, Apicurio gives and Confluent's clients do not need.
      return [answer.status, { subject, version, schema: schema && (JSON.parse(schema) as object), code }];
    };
    for (const path of paths)
      expect({ path, answer: await shownBy(app.url, path) }).toEqual({
        path,
        answer: await shownBy(server.url, path),
      });
    // To who reads by ids, both are the same.
    for (const id of [2, 3, 4, 5, 6, 7, 99_999]) {
      const [ours, theirs] = [
        await registryAt(app.url).find(id, signal),
        await registryAt(server.url).find(id, signal),
      ];
      const parsed = (one: RemoteSchema | null) => one && { ...one, text: JSON.parse(one.text) as object };
      expect(parsed(ours)).toEqual(parsed(theirs));
    }
  });

  test.each([
    [
      'a field with a default',
      (fields: object[]) => fields.push({ name: 'n', type: ['null', 'string'], default: null }),
    ],
    ['a field without a default', (fields: object[]) => fields.push({ name: 'n', type: 'string' })],
    ['a field less', (fields: object[]) => fields.splice(3, 1)],
    ['a field of another type', (fields: { type: unknown }[]) => (fields[0].type = 'int')],
    [
      'a wider number',
      (fields: { name: string; type: unknown }[]) => {
        const field = fields.find(({ type }) => type === 'int' || type === 'long');
        if (field) field.type = 'double';
      },
    ],
  ])('says the same of compatibility as contracts do: %s', async (_, change) => {
    const text = textOf(({ fields }) => void (change as (fields: object[]) => unknown)(fields));
    const { body } = await ask('POST', `/compatibility/subjects/${POS}/versions/1`, { schema: text });
    const isCompatible = () => {
      // The subject's own rules need fields that some of these take away: what counts is who reads whom.
      const plain = 'owner: o\ndescription: d\nroles: { eventId: eventId, eventTime: beginDateTime }\n';
      try {
        const versions = [contract.versions[0], { version: 2, id: 2, text }];
        return Boolean(new Contract({ subject: POS, text: plain, versions, where: 'here' }));
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringContaining('v2 cannot read what v1 wrote') });
        return false;
      }
    };
    expect(body['is_compatible']).toBe(isCompatible());
  });
});
