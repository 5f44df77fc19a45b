import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { avro, expectBothAccept, expectEqual, expectSame, json, SALE } from '../../test/fast-against-slow.js';
import { contractOf } from '../../test/sale-contract.js';
import type { AvroType, Slot } from '../avro-type.js';
import { toNatural } from '../avro-type.js';
import { Contract } from '../contract.js';
import { Problem } from '../problem.js';

const root = join(import.meta.dirname, '../../../..');
const textOf = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8');

function loaded(folder: string, subject: string): Contract {
  const versions = readdirSync(join(root, folder, subject)).flatMap((name) => {
    const version = Number(/^v(\d+)\.avsc$/.exec(name)?.[1]);
    return version > 0 ? [{ version, id: version, text: textOf(folder, subject, name) }] : [];
  });
  return new Contract({
    subject,
    text: textOf(folder, subject, 'contract.yaml'),
    versions: versions.sort((left, right) => left.version - right.version),
    where: subject,
  });
}

/** One that passes for each contract that ships no examples. */
const FLAT = {
  event_id: '0000000100ab',
  event_type: 'sale',
  store_id: 'S0001',
  sku: 'SKU000001',
  quantity: 1,
  unit_price: 19.99,
  currency: 'USD',
  event_time: 1_767_600_000_000,
  register_id: 'R01',
  order_id: 'O1',
  channel: 'store',
  payment_type: 'card',
  customer_id: 'C1',
  loyalty_id: null,
};
interface Case {
  readonly contract: Contract;
  readonly passing: readonly object[];
}

const shipped = readdirSync(join(root, 'schemas')).filter((name) => name.startsWith('retail.'));
const cases: readonly (readonly [string, Case])[] = [
  ...shipped.map((subject) => {
    const names = readdirSync(join(root, 'schemas', subject, 'examples/pass'));
    const passing = names.map(
      (name) => JSON.parse(textOf('schemas', subject, 'examples/pass', name)) as object,
    );
    return [subject, { contract: loaded('schemas', subject), passing }] as const;
  }),
  ['a flat event', { contract: loaded('test/perf/schemas', 'pos.event'), passing: [FLAT] }],
  ['a sale with rows', { contract: contractOf(), passing: [SALE] }],
];

/** With every field given, times and days as numbers, as Avro has it. */
function complete(contract: Contract, value: unknown): object | null {
  const event = contract.decodeJson(value);
  return event instanceof Problem ? null : (toNatural(contract.schema, event as Slot) as object);
}

/** Any value of a type, the odd ones often. */
function anyOf(type: AvroType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'nullable':
      return fc.option(anyOf(type.of), { nil: null });
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.oneof(fc.integer(), fc.nat(100), fc.constantFrom(-0, 20_000));
    case 'long':
      return fc.oneof(
        // avsc refuses the two outermost.
        fc.maxSafeInteger().filter((value) => Math.abs(value) < Number.MAX_SAFE_INTEGER),
        fc.nat(100),
        fc.integer({ min: 1e12, max: 2e12 }),
        fc.constant(-0),
      );
    case 'float':
      return fc.float({ noNaN: true, noDefaultInfinity: true });
    case 'double':
      return fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: -1e6, max: 1e9 }).map((cents) => cents / 100),
        fc.integer({ min: 0, max: 1e6 }).map((parts) => parts / 100_000),
        fc.constantFrom(-0, 0.1 + 0.2, 1e21, 1e-7, 5e-324, 999_999_999_999.99, 1e15),
      );
    case 'string':
      return fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('', 'ñ', '\uFFFD', '😀'));
    case 'enum':
      return fc.constantFrom(...type.symbols);
    case 'array':
      return fc.array(anyOf(type.items), { maxLength: 4 });
    case 'map':
      return fc.dictionary(fc.string(), anyOf(type.values), { maxKeys: 3, noNullPrototype: true });
    case 'record':
      return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, anyOf(field.type)])));
    case 'union':
      return fc.oneof(...type.branches.map(anyOf));
    case 'json':
      return fc.jsonValue();
  }
}

/** A passing event with some fields replaced by any values of their types. */
function changed({ contract, passing }: Case): fc.Arbitrary<object> {
  const fields = contract.schema.fields.map(({ name, type }) =>
    anyOf(type).map((value) => [name, value] as const),
  );
  return fc
    .tuple(
      fc.constantFrom(...passing.flatMap((event) => complete(contract, event) ?? [])),
      fc.oneof(
        { weight: 3, arbitrary: fc.array(fc.oneof(...fields), { maxLength: 2 }) },
        fc.tuple(...fields),
      ),
    )
    .map(([event, changes]) => ({ ...event, ...Object.fromEntries(changes) }));
}

describe.each(cases)('%s', (_, one) => {
  const { contract, passing } = one;
  const whole = passing.flatMap((event) => complete(contract, event) ?? []);

  test('what passes is read the fast way, from Avro and from JSON', () => {
    for (const event of passing) expectBothAccept(contract, json(event));
    for (const event of whole) {
      expectBothAccept(contract, json(event));
      expectBothAccept(contract, avro(contract, event));
    }
  });

  test('any values are read the same', () => {
    let accepted = 0;
    const read = fc.property(changed(one), (event) => {
      if (expectEqual(contract, avro(contract, event))) accepted++;
      if (expectSame(contract, json(event))) accepted++;
    });
    fc.assert(read, { numRuns: 250 });
    expect(accepted).toBeGreaterThan(40);
  });

  test('bytes changed, cut off or added never give another answer', () => {
    const change = fc.oneof(
      fc.tuple(
        fc.constant('set'),
        fc.nat(4000),
        fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"{}[]:,0-.e\\ \t'))),
      ),
      fc.tuple(fc.constant('cut'), fc.nat(4000), fc.nat(3)),
      fc.tuple(fc.constant('add'), fc.nat(4000), fc.nat(255)),
    );
    const good = whole.flatMap((event) => [json(event), avro(contract, event)]);
    const read = fc.property(
      fc.constantFrom(...good),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      ({ bytes, avroVersion }, changes) => {
        const spoiled = changes.reduce((before, [kind, place, value]) => {
          const at = place % (before.length + 1);
          const rest = before.subarray(kind === 'add' ? at : at + (kind === 'set' ? 1 : value));
          return Buffer.concat([before.subarray(0, at), Buffer.from(kind === 'cut' ? [] : [value]), rest]);
        }, bytes);
        expectSame(contract, { bytes: spoiled, avroVersion });
      },
    );
    fc.assert(read, { numRuns: 800 });
  });

  test('JSON in another order, with space, without what has a default, with what nobody knows', () => {
    const members = fc
      .tuple(fc.constantFrom(...whole), fc.infiniteStream(fc.nat(1000)))
      .map(([event, numbers]) => {
        const next = () => Number(numbers.next().value);
        const known = Object.entries(event).filter(([name]) => {
          const field = contract.schema.fields.find((candidate) => candidate.name === name);
          return field?.fallback === undefined || next() % 3 > 0;
        });
        const unknown = [['x', { y: [1, 'z', null, -0.5e3, { q: [] }] }] as const].filter(
          () => next() % 2 > 0,
        );
        const ordered = [...known, ...unknown]
          .map((member) => [next(), member] as const)
          .sort(([a], [b]) => a - b);
        return [Object.fromEntries(ordered.map(([, member]) => member)), next() % 3] as const;
      });
    const read = fc.property(members, ([event, indent]) => {
      const bytes = Buffer.from(JSON.stringify(event, null, indent));
      expectSame(contract, { bytes, avroVersion: null });
    });
    fc.assert(read, { numRuns: 200 });
    const reversed = Object.fromEntries(Object.entries(whole[0]).reverse());
    expectBothAccept(contract, {
      bytes: Buffer.from(` ${JSON.stringify(reversed, null, 2)}\n`),
      avroVersion: null,
    });
  });
});
