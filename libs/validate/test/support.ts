import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Contract,
  encodeAvro,
  type ContractLookup,
  type KnownSchema,
  type SchemaId,
} from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import { columnSpec, plainValues, recordBatchOf, type Header, type Rejection } from '@gondola/stream';
import { createValidateStage } from '../src/validate.stage.js';

export const NOW_MS = Date.UTC(2026, 10, 1);
export const POS = 'retail.pos.transaction';
export const schemas = join(import.meta.dirname, '../../../schemas');

const textOf = (...path: readonly string[]) => readFileSync(join(schemas, ...path), 'utf8');
const ids = JSON.parse(textOf('ids.json')) as Record<string, Record<string, number>>;

/** The shipped contracts. */
export const contracts = readdirSync(schemas, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const versions = Object.entries(ids[name]).map(([version, id]) => ({
      version: Number(version),
      id,
      text: textOf(name, `v${version}.avsc`),
    }));
    return new Contract({ subject: name, text: textOf(name, 'contract.yaml'), versions, where: name });
  });

const known = new Map<SchemaId, KnownSchema>(
  contracts.flatMap((contract) =>
    contract.versions.map(({ id, version }) => [id, { contract, version, kind: 'avro', writer: version }]),
  ),
);

/** A registry as plain as can be: stages know no adapter, nor do their tests. */
export const registry: ContractLookup = {
  contractOf: (name) =>
    contracts.find(({ subject, types }) => [subject, ...types].includes(name.replace(/\.v1$/, ''))) ?? null,
  schemaById: (id) => known.get(id) ?? null,
};

export const line = {
  lineSequence: 1,
  lineType: 'SALE',
  itemId: 'I1',
  merchandiseGroup: 'dairy',
  quantity: 2,
  unitPrice: 4.29,
};
export const sale = {
  eventId: 'e1',
  retailStoreId: 'S1',
  workstationId: 'T1',
  sequenceNumber: 1,
  businessDayDate: 20_000,
  beginDateTime: Date.UTC(2026, 0, 1),
  transactionType: 'SALE',
  currencyCode: 'COP',
  lines: [line],
};
export const movement = {
  eventId: 'm1',
  movementId: 'M1',
  locationId: 'S1',
  itemId: 'I1',
  eventTime: Date.UTC(2026, 0, 2),
  quantity: 40,
  reason: 'RECEIPT',
};

function contractOf(subject: string) {
  const contract = registry.contractOf(subject);
  if (!contract) throw new Error(subject);
  return contract;
}

export const bytesOf = (text: string) => new TextEncoder().encode(text);
export const json = (value: unknown) => bytesOf(JSON.stringify(value));
export const avro = (subject: string, event: object) => encodeAvro(contractOf(subject), event);
export const header = (key: string, value: string): Header => ({ key, value: bytesOf(value) });

export interface Sent {
  readonly value: Uint8Array | null;
  readonly headers?: readonly Header[];
}

export async function run(
  sent: readonly Sent[],
  options: { defaultSubject?: string | null; futureMsMax?: number } = {},
) {
  const stage = createValidateStage({ registry, defaultSubject: POS, ...options });
  const records = recordBatchOf(
    's',
    '0',
    0n,
    sent.map((record) => ({ key: null, timestampMs: NOW_MS, ...record })),
  );
  return stage.run(records, { records, rejected: [], nowMs: NOW_MS });
}

export async function rejectionOf(
  sent: Sent,
  options?: Parameters<typeof run>[1],
): Promise<Rejection & { kind: 'quarantine' }> {
  const { rejected, value } = await run([sent], options);
  expect(value).toEqual([]);
  expect(rejected).toHaveLength(1);
  const [rejection] = rejected;
  if (rejection.kind !== 'quarantine') throw new Error('not quarantined');
  return rejection;
}

/** The batch with plain values, whatever bytes they stand in. */
export function plainBatch({ table, eventId, identity, shelf: _, ...rest }: EventBatch) {
  return {
    ...rest,
    rows: table.rows,
    columns: table.columns.map((column) => [column.spec, plainValues(column)] as const),
    eventId: plainValues({ spec: columnSpec('event_id', 'string'), values: eventId }),
    identity: [...identity],
  };
}
