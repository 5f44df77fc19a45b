import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry, namedSchemas } from './embedded-registry.js';

const schemas = join(import.meta.dirname, '../../../schemas');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gondola-schemas-'));
  cpSync(schemas, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const POS = 'retail.pos.transaction';
const known = (contract: unknown, version: number) => ({ contract, version, kind: 'avro', writer: version });
const idsPath = () => join(folder, 'ids.json');
const schemaOf = (subject: string) => readFileSync(join(folder, subject, 'v1.avsc'), 'utf8');

test('knows every shipped contract by subject, type and version', () => {
  const registry = loadEmbeddedRegistry(schemas);
  expect(registry.subjects()).toEqual([
    'retail.catalog.closure',
    'retail.catalog.item',
    'retail.catalog.placement',
    'retail.catalog.store',
    'retail.fulfilment.pick',
    'retail.inventory.movement',
    'retail.inventory.snapshot',
    POS,
    'retail.replenishment.order',
    'retail.stockout.incident',
    'retail.stockout.signal',
    'retail.stockout.verdict',
    'retail.web',
  ]);
  const pos = registry.contractOf(POS);
  expect(pos?.subject).toBe(POS);
  expect(registry.contractOf(`${POS}.v1`)).toBe(pos);
  expect(registry.contractOf('retail.web.add_to_cart')?.subject).toBe('retail.web');
  expect(registry.contractOf('retail.web.search.v1')?.subject).toBe('retail.web');
  for (const name of [`${POS}.v2`, 'retail.pos', '', '__proto__', 'constructor'])
    expect(registry.contractOf(name)).toBeNull();
});

// Framed records hold these for ever.
test('ids are those that were given out', () => {
  const registry = loadEmbeddedRegistry(schemas);
  const ids = Object.fromEntries(
    registry.subjects().map((subject) => [registry.schemaId(subject, 1), subject]),
  );
  expect(ids).toMatchObject({
    1: POS,
    2: 'retail.inventory.movement',
    3: 'retail.inventory.snapshot',
    4: 'retail.web',
    5: 'retail.catalog.item',
    6: 'retail.catalog.store',
    7: 'retail.stockout.signal',
  });
});

test('answers what the HTTP door asks', () => {
  const registry = loadEmbeddedRegistry(schemas);
  expect(registry.versions(POS)).toEqual([1]);
  expect(registry.versions('nothing')).toEqual([]);
  expect(registry.schemaText(1)).toBe(readFileSync(join(schemas, POS, 'v1.avsc'), 'utf8'));
  expect(registry.schemaText(99)).toBeNull();
  expect(registry.schemaId(POS, 2)).toBeNull();
  expect(registry.schemaById(1)).toEqual(known(registry.contractOf(POS), 1));
  expect(registry.schemaById(0)).toBeNull();
});

test('a second version is found by its id, and the newest is what producers write', () => {
  const schema = JSON.parse(schemaOf('retail.catalog.store')) as { fields: object[] };
  schema.fields.push({ name: 'opened', type: ['null', 'string'], default: null });
  writeFileSync(join(folder, 'retail.catalog.store/v2.avsc'), JSON.stringify(schema));
  const ids = JSON.parse(readFileSync(idsPath(), 'utf8')) as Record<string, Record<string, number>>;
  ids['retail.catalog.store']['2'] = 300;
  writeFileSync(idsPath(), JSON.stringify(ids));
  const registry = loadEmbeddedRegistry(folder);
  const contract = registry.contractOf('retail.catalog.store.v2');
  expect(registry.schemaById(300)).toEqual(known(contract, 2));
  expect(registry.schemaById(6)).toEqual(known(contract, 1));
  if (!contract) throw new Error('no contract');
  const bytes = encodeAvro(contract, {
    eventId: 'e',
    retailStoreId: 's',
    name: 'n',
    timeZone: 'UTC',
    updatedAt: 1,
  });
  expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 1, 44]);
});

describe('a contract whose schema is in a registry elsewhere', () => {
  const OWN = 'shop.sale';
  const text =
    '{"type":"record","name":"Sale","fields":[{"name":"id","type":"string"},' +
    '{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}';
  const own = () => {
    const only = join(folder, 'own');
    mkdirSync(join(only, OWN), { recursive: true });
    const yaml =
      'owner: o\ndescription: d\nschema: { subject: till, version: 3 }\nroles: { eventId: id, eventTime: at }\n';
    writeFileSync(join(only, OWN, 'contract.yaml'), yaml);
    return only;
  };
  const named = new Map([[OWN, { version: 3, id: 0, text }]]);

  test('is read with it, needs no ids, and is not shown as ours', () => {
    expect([...namedSchemas(own())]).toEqual([[OWN, { subject: 'till', version: 3 }]]);
    const shipped = { folder: schemas, subject: 'retail.stockout.signal' };
    const registry = loadEmbeddedRegistry(own(), { named, shipped });
    expect(registry.contractOf(OWN)).toMatchObject({ schemaSubject: 'till', newestVersion: 3 });
    expect(registry.contracts().map(({ subject }) => subject)).toEqual([OWN, shipped.subject]);
    expect([registry.subjects(), registry.versions(OWN)]).toEqual([[shipped.subject], []]);
    expect([registry.schemaById(0), registry.schemaId(OWN, 3)]).toEqual([null, null]);
  });

  test('is refused where no registry is asked, and beside files of versions', () => {
    expect(() => loadEmbeddedRegistry(own())).toThrow(
      /shop.sale.contract.yaml: schema: version 3 of till is in a registry/,
    );
    writeFileSync(join(own(), OWN, 'v1.avsc'), text);
    expect([...namedSchemas(own())]).toEqual([]);
    writeFileSync(join(own(), 'ids.json'), JSON.stringify({ [OWN]: { 1: 900 } }));
    expect(() => loadEmbeddedRegistry(own(), { named })).toThrow('there are files of versions beside it');
  });
});

test('an id of a shipped contract that means something else here is refused', () => {
  rmSync(join(folder, 'retail.stockout.signal'), { recursive: true });
  writeFileSync(
    idsPath(),
    readFileSync(idsPath(), 'utf8')
      .replace('"1": 1 ', '"1": 7 ')
      .replace(/"retail.stockout.signal": \{[^}]*\}/, '"x": {}'),
  );
  expect(() =>
    loadEmbeddedRegistry(folder, { shipped: { folder: schemas, subject: 'retail.stockout.signal' } }),
  ).toThrow(/id 7 of retail\.stockout\.signal is another contract's, too/);
});

test('a version without an id says how to give it one', () => {
  writeFileSync(join(folder, POS, 'v2.avsc'), schemaOf(POS));
  expect(() => loadEmbeddedRegistry(folder)).toThrow(
    expect.objectContaining({
      name: 'SetupError',
      code: 'contract_invalid',
      message: expect.stringContaining(`v2 of ${POS} has no id; add "${POS}": { ..., "2": `),
    }),
  );
});

test.each([
  [
    'an id given twice',
    () => writeFileSync(idsPath(), readFileSync(idsPath(), 'utf8').replace('"1": 7', '"1": 1')),
    'id 1 is given twice',
  ],
  ['ids that are no JSON', () => writeFileSync(idsPath(), '{'), 'ids.json: not JSON'],
  ['ids of another shape', () => writeFileSync(idsPath(), '{"a":1}'), 'expected'],
  ['no ids', () => rmSync(idsPath()), 'ids.json: cannot be read'],
  ['no contract.yaml', () => rmSync(join(folder, POS, 'contract.yaml')), 'contract.yaml: cannot be read'],
  ['no schema', () => rmSync(join(folder, POS, 'v1.avsc')), 'there is no schema'],
  [
    'a type of two subjects',
    () => {
      const path = join(folder, 'retail.catalog.item/contract.yaml');
      writeFileSync(path, `types: [retail.web.search]\n${readFileSync(path, 'utf8')}`);
    },
    'type retail.web.search means both retail.catalog.item and retail.web',
  ],
])('%s is refused', (_, spoil, message) => {
  spoil();
  expect(() => loadEmbeddedRegistry(folder)).toThrow(
    expect.objectContaining({ code: 'contract_invalid', message: expect.stringContaining(message) }),
  );
});

describe('schemas that name types', () => {
  const MONEY = {
    type: 'record',
    name: 'Money',
    namespace: 'shop',
    fields: [{ name: 'cents', type: 'long' }],
  };
  const SOLD = {
    type: 'record',
    name: 'Sold',
    namespace: 'shop',
    fields: [
      { name: 'eventId', type: 'string' },
      { name: 'soldAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'price', type: 'shop.Money' },
    ],
  };
  const JSON_MONEY = { type: 'object', required: ['cents'], properties: { cents: { type: 'integer' } } };
  const JSON_SOLD = {
    type: 'object',
    required: ['eventId', 'soldAt', 'price'],
    properties: {
      eventId: { type: 'string' },
      soldAt: { type: 'string', format: 'date-time' },
      price: { $ref: 'money.json' },
    },
  };
  const CONTRACT = `owner: o
description: d
roles: { eventId: eventId, eventTime: soldAt }
references: { 1: [{ name: NAME, subject: money, version: 1 }] }
`;
  const give = (path: string, content: object | string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const load = (ending: 'avsc' | 'json', name: string) => {
    give(`types/money/v1.${ending}`, ending === 'avsc' ? MONEY : JSON_MONEY);
    give(`shop.sold/v1.${ending}`, ending === 'avsc' ? SOLD : JSON_SOLD);
    give('shop.sold/contract.yaml', CONTRACT.replace('NAME', name));
    const ids = JSON.parse(readFileSync(idsPath(), 'utf8')) as object;
    give('ids.json', { ...ids, money: { 1: 500 }, 'shop.sold': { 1: 501 } });
    return loadEmbeddedRegistry(folder);
  };

  test('in Avro are read with them, and both are in the registry', () => {
    const registry = load('avsc', 'shop.Money');
    const contract = registry.contractOf('shop.sold');
    if (!contract) throw new Error('no contract');
    const sold = { eventId: 'e', soldAt: 1_767_600_000_000, price: { cents: 5 } };
    const bytes = Buffer.from(encodeAvro(contract, sold));
    expect(contract.decodeAvro(bytes, 5, bytes.length, 1)).toEqual(['e', 1_767_600_000_000, [5]]);
    expect(registry.subjects()).toEqual(expect.arrayContaining(['money', 'shop.sold', POS]));
    expect(registry.contracts().map(({ subject }) => subject)).not.toContain('money');
    expect(registry.versions('money')).toEqual([1]);
    expect([registry.schemaKind(500), registry.schemaText(500)]).toEqual(['avro', JSON.stringify(MONEY)]);
    expect(registry.schemaReferences(501)).toEqual([
      { name: 'shop.Money', subject: 'money', version: 1, text: JSON.stringify(MONEY) },
    ]);
    expect(registry.schemaById(500)).toMatchObject({ reason: 'subject_unknown' });
  });

  test('in JSON Schema are read with them', () => {
    const registry = load('json', 'money.json');
    const contract = registry.contractOf('shop.sold');
    expect(registry.schemaById(501)).toEqual({ contract, version: 1, kind: 'json', writer: 1 });
    expect(registry.schemaKind(501)).toBe('json');
    const sold = { eventId: 'e', soldAt: '2026-01-05T08:00:00Z', price: { cents: 5 } };
    expect(contract?.decodeJson(sold)).toEqual(['e', 1_767_600_000_000_000, [5]]);
    expect(contract?.decodeJson({ ...sold, price: { cents: 0.5 } })).toMatchObject({
      pointer: '/price/cents',
    });
  });

  test.each([
    [
      'a type that is not there',
      () => rmSync(join(folder, 'types/money/v1.avsc')),
      'there is no types/money/v1',
    ],
    [
      'a version that is not there',
      () => give('shop.sold/contract.yaml', CONTRACT.replace('NAME', 'shop.Money').replace('{ 1:', '{ 2:')),
      'references: there is no v2',
    ],
    [
      'no references',
      () => give('shop.sold/contract.yaml', CONTRACT.replace(/references.*/, '')),
      'undefined type',
    ],
    ['two files of a version', () => give('shop.sold/v1.json', JSON_SOLD), 'there are two files of v1'],
    [
      'a type with the name of a contract',
      () => give('types/shop.sold/v1.avsc', MONEY),
      'a contract of that name',
    ],
  ])('%s is refused', (_, spoil, message) => {
    load('avsc', 'shop.Money');
    spoil();
    expect(() => loadEmbeddedRegistry(folder)).toThrow(message);
  });
});

test('no folder is refused', () => {
  expect(() => loadEmbeddedRegistry(join(folder, 'nowhere'))).toThrow('there are no contracts');
});
