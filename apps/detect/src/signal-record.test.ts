import { join } from 'node:path';
import type { Incident, Signal } from '@gondola/events';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import type { OutgoingRecord } from '@gondola/stream';
import { createIncidentEncoder, createSignalEncoder } from './signal-record.js';

const registry = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas'));
const AT_MS = Date.UTC(2026, 4, 1, 12);
const SAID = {
  ...{ environment: 'dev', storeId: '1001', atMs: AT_MS, sinceMs: AT_MS - 3_600_000, probability: 0.8 },
  ...{ lostSalesPerHour: null, currency: null },
};
const SIGNAL: Signal = {
  ...SAID,
  ...{ signalId: 's1', episodeId: 's1', itemId: 'SKU 1/ñ', kind: 'silent', arm: 'treated', receipt: null },
  ...{ expectedAtMs: null, actByMs: null, onHandRecord: null, onHandEstimate: null, demandPerHour: 2 },
  ...{ lostUnits: 2, lostUnitsLow: 1, lostUnitsHigh: 3, lostSales: null, lostSalesLow: null },
  ...{ lostSalesHigh: null, valuePerMinute: null, evidence: [], causes: [], soldLast24h: [] },
  ...{ expectedLast24h: [], modelVersion: 'test' },
};
const INCIDENT: Incident = {
  ...SAID,
  ...{ incidentId: 'i1', kind: 'feed_dead', state: 'open', workstationId: null, itemId: null, region: null },
  ...{ stores: 1, shelves: 20, facts: {} },
};

const headersOf = ({ headers }: OutgoingRecord) =>
  Object.fromEntries((headers ?? []).map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]));

it('a signal on the stream is a CloudEvent in binary mode, of the same id and source as in webhooks', () => {
  const record = createSignalEncoder(registry)(SIGNAL);
  expect(headersOf(record)).toEqual({
    ce_specversion: '1.0',
    ce_id: 's1',
    ce_type: 'retail.stockout.signal',
    ce_source: '/gondola/dev',
    ce_subject: '1001/SKU%201%2F%C3%B1',
    ce_time: '2026-05-01T12:00:00.000Z',
    'content-type': 'application/avro',
  });
  // The prefix stays: who reads by the registry reads as before.
  expect(record.value?.[0]).toBe(0);
});

it('so is a change of an incident', () => {
  const record = createIncidentEncoder(registry)?.({ ordinal: 4, incident: INCIDENT });
  expect(record && headersOf(record)).toMatchObject({
    ...{ ce_id: 'i1-4', ce_type: 'retail.stockout.incident', ce_source: '/gondola/dev', ce_subject: '1001' },
  });
});
