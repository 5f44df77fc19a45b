import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAvro, Problem, toNatural, type Contract, type Event } from '@gondola/contract';
import { recordBatchOf, type Rejection } from '@gondola/stream';
import { contracts, plainBatch, registry, schemas } from '../test/support.js';
import { createValidateStage } from './validate.stage.js';

/** The examples are of 2026: what lies far in the future for them must stay so. */
const NOW_MS = Date.UTC(2026, 10, 1);

interface FailExample {
  readonly expect: { readonly reason: string; readonly pointer: string };
  readonly event: unknown;
}

function examples<T>(contract: Contract, kind: 'pass' | 'fail'): readonly (readonly [string, T])[] {
  const folder = join(schemas, contract.subject, 'examples', kind);
  return readdirSync(folder).map(
    (name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as T] as const,
  );
}

async function validate(contract: Contract, value: Uint8Array) {
  const stage = createValidateStage({ registry, defaultSubject: contract.subject });
  const records = recordBatchOf('examples', '0', 0n, [{ key: null, value, timestampMs: NOW_MS }]);
  const { value: batches, rejected } = await stage.run(records, { records, rejected: [], nowMs: NOW_MS });
  return { value: batches.map(plainBatch), rejected };
}

const asJson = (event: unknown) => new TextEncoder().encode(JSON.stringify(event));

/** The event as a producer would write it in Avro, null when Avro cannot say it. */
function asAvro(contract: Contract, event: unknown): Uint8Array | null {
  const decoded = contract.decodeJson(event);
  return decoded instanceof Problem
    ? null
    : encodeAvro(contract, toNatural(contract.schema, decoded as Event) as object);
}

const expectRejected = (
  rejected: readonly Rejection[],
  contract: Contract,
  expected: FailExample['expect'],
) =>
  expect(rejected).toEqual([
    {
      kind: 'quarantine',
      index: 0,
      stage: 'validate',
      message: expect.any(String),
      subject: contract.subject,
      schemaVersion: contract.versions.at(-1)?.version,
      ...expected,
    },
  ]);

describe.each(contracts.map((contract) => [contract.subject, contract] as const))('%s', (_, contract) => {
  test.each(examples<object>(contract, 'pass'))(
    '%s passes, as JSON and as Avro the same',
    async (_name, event) => {
      const json = await validate(contract, asJson(event));
      expect(json.rejected).toEqual([]);
      expect(json.value).toHaveLength(1);
      const bytes = asAvro(contract, event);
      if (!bytes) throw new Error('cannot be written in Avro');
      expect(await validate(contract, bytes)).toEqual(json);
    },
  );

  test.each(examples<FailExample>(contract, 'fail'))('%s fails with its reason', async (_name, example) => {
    const { rejected, value } = await validate(contract, asJson(example.event));
    expectRejected(rejected, contract, example.expect);
    expect(value).toEqual([]);
    const bytes = asAvro(contract, example.event);
    if (bytes) expectRejected((await validate(contract, bytes)).rejected, contract, example.expect);
  });

  test('there is an example that breaks each rule', () => {
    const broken = examples<FailExample>(contract, 'fail').flatMap(([, { event }]) => {
      const decoded = contract.decodeJson(event);
      const problem = decoded instanceof Problem ? null : contract.check(decoded, NOW_MS);
      return problem?.reason === 'rule_broken' ? [problem.message.split(':')[0]] : [];
    });
    const rules = readFileSync(join(schemas, contract.subject, 'contract.yaml'), 'utf8').matchAll(
      /- name: (\w+)/g,
    );
    // An event without rows is refused before the rules look at it.
    const missing = [...rules]
      .map(([, name]) => name)
      .filter((name) => name !== 'linesGiven' && !broken.includes(name));
    expect(missing).toEqual([]);
  });
});
