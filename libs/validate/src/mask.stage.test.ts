import { encodeAvro } from '@gondola/contract';
import type { EventBatch } from '@gondola/events';
import { ByteValues, columnOf, plainValues, recordBatchOf } from '@gondola/stream';
import { registry } from '../test/support.js';
import { createMaskStage } from './mask.stage.js';
import { createTokenize } from './tokens.js';
import { createValidateStage } from './validate.stage.js';

const NOW_MS = Date.UTC(2026, 10, 1);
const KEY = 'a key of thirty-two bytes or more.';

const sale = {
  eventId: 'e',
  retailStoreId: 'S1',
  workstationId: 'T1',
  sequenceNumber: 1,
  businessDayDate: 20_000,
  beginDateTime: NOW_MS,
  transactionType: 'SALE',
  currencyCode: 'COP',
  lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 1 }],
};
const view = { eventId: 'w', name: 'view_item', eventTime: NOW_MS, sessionId: 's', itemId: 'I1' };

async function eventsOf(...events: readonly (readonly [string, object])[]): Promise<readonly EventBatch[]> {
  const sent = events.map(([subject, event]) => {
    const contract = registry.contractOf(subject);
    if (!contract) throw new Error(subject);
    return { key: null, value: encodeAvro(contract, event), timestampMs: NOW_MS };
  });
  const records = recordBatchOf('s', '0', 0n, sent);
  const { value, rejected } = await createValidateStage({ registry, defaultSubject: null }).run(records, {
    records,
    rejected: [],
    nowMs: NOW_MS,
  });
  expect(rejected).toEqual([]);
  return value;
}

async function masked(
  batches: readonly EventBatch[],
  key: string | Uint8Array = KEY,
): Promise<readonly EventBatch[]> {
  const { value, rejected } = await createMaskStage({ registry, key }).run(batches, {
    records: recordBatchOf('s', '0', 0n, []),
    rejected: [],
    nowMs: 0,
  });
  expect(rejected).toEqual([]);
  return value;
}

const values = (batch: EventBatch, column: string) => plainValues(columnOf(batch.table, column));
const token = (value: string, key = KEY) => createTokenize(key)(ByteValues.of([value])).textAt(0);
const POS = 'retail.pos.transaction';

test('drops and tokens, and nothing else changes', async () => {
  const batches = await eventsOf(
    [POS, { ...sale, operatorId: 'op', customerId: 'Ana', loyaltyId: null }],
    [POS, { ...sale, sequenceNumber: 2, operatorId: null, customerId: null, loyaltyId: 'Ana' }],
    ['retail.web', { ...view, clientId: 'c', userId: 'Ana', searchTerm: 'diapers' }],
  );
  const [pos, web] = await masked(batches);
  expect(values(pos, 'operator_id')).toEqual([null, null]);
  expect(values(pos, 'customer_id')).toEqual([token('Ana'), null]);
  // The same person is the same token in every column and subject.
  expect(values(pos, 'loyalty_id')).toEqual([null, token('Ana')]);
  expect(values(web, 'user_id')).toEqual([token('Ana')]);
  expect(values(web, 'client_id')).toEqual([token('c')]);
  expect(values(web, 'search_term')).toEqual([null]);
  for (const [before, after] of [
    [batches[0], pos],
    [batches[1], web],
  ]) {
    const personal = registry.contractOf(before.subject)?.personal;
    for (const { spec, values: kept } of before.table.columns)
      if (!personal?.has(spec.name)) expect(columnOf(after.table, spec.name).values).toBe(kept);
    expect({ ...after, table: null }).toEqual({ ...before, table: null });
  }
});

test('another key gives other tokens, the same key as bytes the same', async () => {
  const batches = await eventsOf([POS, { ...sale, customerId: 'Ana' }]);
  const [other] = await masked(batches, 'another key of thirty-two bytes or more');
  expect(values(other, 'customer_id')).toEqual([token('Ana', 'another key of thirty-two bytes or more')]);
  const [same] = await masked(batches, new TextEncoder().encode(KEY));
  expect(values(same, 'customer_id')).toEqual([token('Ana')]);
});

test('a subject without personal columns is handed on as it is', async () => {
  const batches = await eventsOf([
    'retail.catalog.item',
    { eventId: 'i', itemId: 'I1', name: 'Leche', updatedAt: NOW_MS },
  ]);
  expect((await masked(batches))[0]).toBe(batches[0]);
});

test('what nobody says is safe is not handed on', async () => {
  const [batch] = await eventsOf([POS, sale]);
  await expect(masked([{ ...batch, subject: 'unknown' }])).rejects.toThrow(
    'no contract says what is personal',
  );
});

test('a short key is refused', () => {
  expect(() => createMaskStage({ registry, key: 'short' })).toThrow(
    expect.objectContaining({ code: 'config_invalid' }),
  );
});
