import fc from 'fast-check';
import type { Contract, ContractLookup } from '@gondola/contract';
import { recordBatchOf } from '@gondola/stream';
import {
  avro,
  header,
  json,
  line,
  movement,
  NOW_MS,
  plainBatch,
  POS,
  registry,
  sale,
  type Sent,
} from '../test/support.js';
import { createValidateStage } from './validate.stage.js';

/** The same contracts without generated readers. */
const slowContracts = new Map<Contract, Contract>();
function slowed(contract: Contract): Contract {
  const known = slowContracts.get(contract);
  if (known) return known;
  const slow = Object.create(contract, {
    fastAvroReader: { value: () => null },
    fastJsonReader: { value: () => null },
  }) as Contract;
  slowContracts.set(contract, slow);
  return slow;
}
const slowRegistry: ContractLookup = {
  contractOf: (name) => {
    const contract = registry.contractOf(name);
    return contract && slowed(contract);
  },
  schemaById: (id) => {
    const found = registry.schemaById(id);
    return found && 'contract' in found ? { ...found, contract: slowed(found.contract) } : found;
  },
};

async function validated(lookup: ContractLookup, sent: readonly Sent[]) {
  const stage = createValidateStage({ registry: lookup, defaultSubject: POS });
  const records = recordBatchOf(
    's',
    '0',
    0n,
    sent.map((record) => ({ key: Buffer.from('{"key'), timestampMs: NOW_MS, ...record })),
  );
  const { value, rejected } = await stage.run(records, { records, rejected: [], nowMs: NOW_MS });
  return { rejected, batches: value.map(plainBatch) };
}

const manyLines = {
  ...sale,
  lines: Array.from({ length: 300 }, (_, index) => ({ ...line, lineSequence: index })),
};
const spanish = { ...sale, operatorId: 'Ñoño', lines: [{ ...line, description: 'Jalapeño "picante"' }] };
const type = header('ce_type', 'retail.inventory.movement');
const kinds: readonly Sent[] = [
  { value: avro(POS, sale) },
  { value: avro(POS, spanish) },
  { value: json(sale) },
  { value: json(spanish) },
  { value: json({ unknown: [1], ...sale, lines: [line, { ...line, unitPrice: null }, line] }) },
  { value: json(manyLines) },
  { value: avro(POS, manyLines) },
  { value: json({ specversion: '1.0', type: POS, data: sale }) },
  { value: avro('retail.inventory.movement', movement) },
  { value: json(movement), headers: [type] },
  { value: avro('retail.inventory.movement', movement).subarray(5), headers: [type] },
  { value: null },
];

test('a batch of anything gives the same events and refusals as without generated readers', async () => {
  const change = fc.tuple(fc.nat(300), fc.nat(255));
  const sent = fc
    .tuple(fc.constantFrom(...kinds), fc.oneof(fc.constant([]), fc.array(change, { maxLength: 2 })))
    .map(([{ value, headers }, changes]): Sent => {
      const spoiled = value?.slice() ?? null;
      if (spoiled) for (const [at, byte] of changes) spoiled[at % spoiled.length] = byte;
      return { value: spoiled, headers };
    });
  const property = fc.asyncProperty(fc.array(sent, { maxLength: 30 }), async (records) => {
    expect(await validated(registry, records)).toEqual(await validated(slowRegistry, records));
  });
  await fc.assert(property, { numRuns: 200 });
});

test('whatever a producer usually sends is read the fast way', async () => {
  for (const { value } of kinds.slice(0, 3)) {
    const contract = registry.contractOf(POS);
    if (!value || !contract) throw new Error('nothing to read');
    const bytes = Buffer.from(value);
    const batch = contract.newBatch(bytes, 1);
    const isAvro = bytes[0] === 0;
    const read = isAvro ? contract.fastAvroReader(1) : contract.fastJsonReader();
    expect(read?.(batch, 0, 1, isAvro ? 5 : 0, bytes.length, NOW_MS)).toBe(true);
  }
});
