import fc from 'fast-check';
import { Contract, encodeAvro, type ContractLookup } from '@gondola/contract';
import { FAILS, NOT_JUDGED, PASSES, type EventBatch, type JudgedBatch } from '@gondola/events';
import { recordBatchOf, type Checkpoint, type RecordBatch } from '@gondola/stream';
import { createExpectStage, type ExpectOptions } from './expect.stage.js';
import { createValidateStage } from './validate.stage.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;
const millis = { type: 'long', logicalType: 'timestamp-millis' };
const optional = (type: string) => ({ type: ['null', type], default: null });

const SALE = {
  type: 'record',
  name: 'Sale',
  fields: [
    { name: 'eventId', type: 'string' },
    { name: 'at', type: millis },
    { name: 'ticket', type: 'string' },
    { name: 'buyer', ...optional('string') },
    { name: 'points', ...optional('int') },
    {
      name: 'lines',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Line',
          fields: [
            { name: 'itemId', ...optional('string') },
            { name: 'price', ...optional('double') },
          ],
        },
      },
    },
  ],
};
const ITEM = {
  type: 'record',
  name: 'Item',
  fields: [
    { name: 'eventId', type: 'string' },
    { name: 'at', type: millis },
    { name: 'id', type: 'string' },
  ],
};
const HEAD = 'owner: tests\ndescription: d\n';
const saleContract = (expectations: string) =>
  new Contract({
    subject: 'sale',
    text: `${HEAD}rows: lines\nroles: { eventId: eventId, eventTime: at }\ncolumns: { price: 'decimal(9,2)' }\nexpectations:\n${expectations}`,
    versions: [{ version: 1, id: 1, text: JSON.stringify(SALE) }],
    where: 'sale',
  });
const items = new Contract({
  subject: 'item',
  text: `${HEAD}roles: { eventId: eventId, eventTime: at, key: [id] }\n`,
  versions: [{ version: 1, id: 2, text: JSON.stringify(ITEM) }],
  where: 'item',
});

interface Line {
  itemId?: string | null;
  price?: number | null;
}
interface Sale {
  ticket?: string;
  buyer?: string | null;
  points?: number | null;
  at?: number;
  lines?: Line[];
}
let nextId = 0;
const saleOf = ({ lines = [{}], ...rest }: Sale) => ({
  eventId: `e${nextId++}`,
  at: NOW_MS,
  ticket: 't',
  ...rest,
  lines: lines.map((line) => ({ itemId: null, price: null, ...line })),
});

/** Stages over contracts with one kind of expectation, fed with records. */
function lineOf(expectations: string, options: Partial<ExpectOptions> & { environment?: string } = {}) {
  const sales = saleContract(expectations);
  const contracts = [sales, items];
  const registry: ContractLookup = {
    contractOf: (name) => contracts.find(({ subject }) => subject === name) ?? null,
    schemaById: (id) => {
      const contract = contracts.find(({ versions }) => versions[0].id === id);
      return contract ? { contract, version: 1, kind: 'avro', writer: 1 } : null;
    },
  };
  const environment = options.environment ?? 'dev';
  const validate = createValidateStage({ registry, defaultSubject: null, environment });
  const stage = createExpectStage({
    contracts,
    environment,
    remember: async () => {},
    readKeys: async function* () {},
    ...options,
  });
  async function run(events: readonly (readonly ['sale' | 'item', object])[]) {
    const records = recordBatchOf(
      's',
      '0',
      0n,
      events.map(([subject, event]) => ({
        key: null,
        value: encodeAvro(subject === 'sale' ? sales : items, event),
        timestampMs: NOW_MS,
      })),
    );
    const context = { records, rejected: [], nowMs: NOW_MS };
    const { value, rejected } = await validate.run(records, context);
    const judged = await stage.run(value, context);
    return { records, value, rejected, judged: judged.value };
  }
  const verdictsOf = async (...given: readonly Sale[]) => {
    const { judged } = await run(given.map((sale) => ['sale', saleOf(sale)] as const));
    return judged[0]?.verdicts.map(({ rows }) => rows && [...rows]);
  };
  return { stage, run, verdictsOf };
}

const [P, F, N] = [PASSES, FAILS, NOT_JUDGED];

test.each<[string, string, Sale[], number[]]>([
  [
    'a field of the event is missing when it is null or empty',
    'kind: completeness, field: buyer',
    [{ buyer: 'Ana' }, { buyer: null }, { buyer: '', lines: [{}, {}] }],
    [P, F, F, F],
  ],
  [
    'a number is missing when it is null',
    'kind: completeness, field: points',
    [{ points: 0 }, { points: null }],
    [P, F],
  ],
  [
    'a field of each line',
    'kind: completeness, field: price',
    [{ lines: [{ price: 1 }, { price: null }] }, { lines: [{ price: 0 }] }],
    [P, F, P],
  ],
  [
    'a range of decimals has its ends, and null is not judged',
    'kind: range, field: price, min: 0.29, max: 1000.1',
    [0.28, 0.29, null, 1000.1, 1000.11, -5, 9_999_999.99].map((price) => ({ lines: [{ price }] })),
    [F, P, N, P, F, F, F],
  ],
  [
    'a range of whole numbers',
    'kind: range, field: points, max: 3',
    [{ points: -9 }, { points: 3 }, { points: 4 }, {}],
    [P, P, F, N],
  ],
  [
    'freshness is the time from the event to the broker',
    'kind: freshness, withinMinutes: 15',
    [{ at: NOW_MS - 15 * MINUTE_MS }, { at: NOW_MS - 15 * MINUTE_MS - 1 }, { at: NOW_MS + MINUTE_MS }],
    [P, F, P],
  ],
  [
    'what is unique is so within hours of event time',
    'kind: uniqueness, fields: [ticket], withinHours: 1',
    [
      { ticket: 'a' },
      { ticket: 'b', lines: [{}, {}] },
      { ticket: 'b' },
      { ticket: 'a' },
      { ticket: 'a', at: NOW_MS - 5 * 3_600_000 },
    ],
    [P, P, P, F, F, P],
  ],
])('%s', async (_, expectation, sales, verdict) => {
  const { verdictsOf } = lineOf(`  - { name: a, ${expectation} }`);
  expect(await verdictsOf(...sales)).toEqual([verdict]);
});

test.each(['kind: volume, perHour: { min: 1 }', 'kind: uniqueness'])(
  'of %s every row passes',
  async (kind) => {
    expect(await lineOf(`  - { name: a, ${kind} }`).verdictsOf({}, {})).toEqual([null]);
  },
);

test('a subject of which nothing is expected has no verdicts', async () => {
  const { run } = lineOf('  - { name: a, kind: volume, perHour: { min: 1 } }');
  const { judged } = await run([['item', { eventId: 'i', at: NOW_MS, id: 'x' }]]);
  expect(judged.map(({ subject, verdicts }) => [subject, verdicts])).toEqual([['item', []]]);
});

test('columns say what the events say one by one', async () => {
  const line = lineOf(
    [
      '  - { name: a, kind: completeness, field: buyer }',
      '  - { name: b, kind: range, field: price, min: 0, max: 10 }',
      '  - { name: c, kind: freshness, withinMinutes: 10 }',
      '  - { name: d, kind: completeness, field: itemId }',
    ].join('\n'),
  );
  const cents = fc.option(fc.integer({ min: -500, max: 1_500 }).map((value) => value / 100));
  const saleGiven = fc.record({
    buyer: fc.option(fc.constantFrom('', 'Ana', 'ñandú')),
    at: fc.integer({ min: NOW_MS - 20 * MINUTE_MS, max: NOW_MS }),
    lines: fc.array(fc.record({ price: cents, itemId: fc.option(fc.string()) }), {
      minLength: 1,
      maxLength: 4,
    }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(saleGiven, { minLength: 1, maxLength: 12 }), async (sales) => {
      const rows = sales.flatMap((one) => one.lines.map((each) => ({ ...one, ...each })));
      expect(await line.verdictsOf(...sales)).toEqual([
        rows.map(({ buyer }) => (buyer ? P : F)),
        rows.map(({ price }) => (price === null ? N : price < 0 || price > 10 ? F : P)),
        rows.map(({ at }) => (NOW_MS - at > 10 * MINUTE_MS ? F : P)),
        rows.map(({ itemId }) => (itemId ? P : F)),
      ]);
    }),
  );
});

describe('an expectation that quarantines', () => {
  const QUARANTINING = [
    '  - { name: priceUsual, kind: range, field: price, max: 10, environments: { prod: { action: quarantine } } }',
    '  - { name: buyerKnown, kind: completeness, field: buyer, environments: { prod: { action: quarantine } } }',
  ].join('\n');
  const sales: Sale[] = [
    { buyer: 'Ana', lines: [{ price: 1 }, { price: 11 }, { price: 12 }] },
    { buyer: null, lines: [{ price: 99 }] },
    { buyer: 'Ana', at: NOW_MS - 5, lines: [{ price: null }] },
    { buyer: null },
  ];
  const send = (environment: string) =>
    lineOf(QUARANTINING, { environment }).run(sales.map((sale) => ['sale', saleOf(sale)] as const));

  it('keeps whole records out of silver, by the first thing that is wrong, without their values', async () => {
    const { rejected, judged } = await send('prod');
    const common = {
      kind: 'quarantine',
      stage: 'validate',
      reason: 'expectation_failed',
      subject: 'sale',
      schemaVersion: 1,
    };
    const outside = 'priceUsual: is outside the range that is expected';
    const [price, buyer] = ['priceUsual', 'buyerKnown'].map((name) => ({ name, eventTimeMs: NOW_MS }));
    expect(rejected).toEqual([
      { ...common, index: 0, pointer: '/lines/1/price', message: outside, expectation: price },
      { ...common, index: 1, pointer: '/lines/0/price', message: outside, expectation: price },
      {
        ...common,
        index: 3,
        pointer: '/buyer',
        message: 'buyerKnown: is expected to be given',
        expectation: buyer,
      },
    ]);
    expect(judged.map(({ recordIndex }) => [...recordIndex])).toEqual([[2]]);
    expect(judged[0].verdicts.map(({ rows }) => rows && [...rows])).toEqual([[N], [P]]);
  });

  it('only where the environment says so', async () => {
    const { rejected, judged } = await send('dev');
    expect(rejected).toEqual([]);
    expect(judged[0].verdicts.map(({ rows }) => rows && [...rows])).toEqual([
      [P, F, F, F, N, N],
      [P, P, P, F, P, F],
    ]);
  });
});

describe('what came before', () => {
  const UNIQUE = '  - { name: a, kind: uniqueness, fields: [ticket] }';

  it('is told from silver after a restart, and a batch that is repeated is judged once', async () => {
    const asked: unknown[] = [];
    const { stage, run } = lineOf(UNIQUE, {
      remember: async (subject, identity, windowMs, starts, tell) => {
        asked.push([subject, identity.columns, windowMs, [...starts]]);
        tell('0', identity.identityOf(['b']), NOW_MS);
      },
    });
    await stage.assigned?.(new Map([['0', 7n]]) as Checkpoint);
    expect(asked).toEqual([['sale', ['ticket'], 24 * 60 * MINUTE_MS, [['0', 7n]]]]);
    const { records, value, judged } = await run(
      ['a', 'b'].map((ticket) => ['sale', saleOf({ ticket })] as const),
    );
    const rowsOf = (batches: readonly JudgedBatch[]) =>
      batches[0].verdicts.map(({ rows }) => rows && [...rows]);
    expect(rowsOf(judged)).toEqual([[P, F]]);
    expect(rowsOf(await again(stage, records, value))).toEqual([[P, F]]);
  });

  const again = async (
    stage: ReturnType<typeof createExpectStage>,
    records: RecordBatch,
    value: readonly EventBatch[],
  ) => (await stage.run(value, { records, rejected: [], nowMs: NOW_MS })).value;
});

describe('a reference', () => {
  const REFERENCE = '  - { name: a, kind: reference, field: itemId, subject: item }';
  const lines = [{ itemId: 'x' }, { itemId: 'y' }, { itemId: null }, { itemId: 'ñ' }];

  it('is not judged as long as nothing is known', async () => {
    expect(await lineOf(REFERENCE).verdictsOf({ lines })).toEqual([[N, N, N, N]]);
  });

  it('is looked up in silver and in what comes by', async () => {
    const { stage, run, verdictsOf } = lineOf(REFERENCE, {
      readKeys: async function* (subject, column) {
        yield* [`${subject}.${column}`, 'ñ'];
      },
    });
    await stage.assigned?.(new Map());
    expect(await verdictsOf({ lines: [...lines, { itemId: 'item.id' }] })).toEqual([[F, F, N, P, P]]);
    await run([['item', { eventId: 'i', at: NOW_MS, id: 'x' }]]);
    expect(await verdictsOf({ lines })).toEqual([[P, F, N, P]]);
  });

  it('to what cannot be looked up is refused', () => {
    expect(() => lineOf(REFERENCE.replace('subject: item', 'subject: shop'))).toThrow(
      /sale: expectation a: subject: there is no contract shop/,
    );
    expect(() => lineOf(REFERENCE.replace('subject: item', 'subject: sale'))).toThrow(
      /sale has no single key field/,
    );
  });
});
