import type { ShelfVerdict, Signal } from '@gondola/events';

export const HOUR_MS = 3_600_000;
/** 2026-05-04T12:00:00Z, a Monday. */
export const NOON_MS = Date.UTC(2026, 4, 4, 12);

export function signalWith(fields: Partial<Signal> & Pick<Signal, 'signalId'>): Signal {
  return {
    ...{ episodeId: fields.signalId, environment: 'dev', storeId: '1', itemId: 'milk', kind: 'silent' },
    ...{
      atMs: NOON_MS,
      sinceMs: NOON_MS - 3 * HOUR_MS,
      expectedAtMs: null,
      actByMs: null,
      probability: 0.83,
    },
    ...{ onHandRecord: null, onHandEstimate: null, demandPerHour: 2 },
    ...{ lostUnits: 6, lostUnitsLow: 4, lostUnitsHigh: 9, lostSalesPerHour: 4, lostSales: 12 },
    ...{
      lostSalesLow: 8,
      lostSalesHigh: 18,
      valuePerMinute: 0.05,
      currency: 'EUR',
      evidence: [],
      causes: [],
    },
    ...{ soldLast24h: [], expectedLast24h: [], modelVersion: 'm-1', arm: 'treated' },
    receipt: null,
    ...fields,
  };
}

let made = 0;
export function verdictWith(fields: Partial<ShelfVerdict>): ShelfVerdict {
  return {
    ...{ eventId: `v${made++}`, signalId: null, checkId: null, storeId: '1', itemId: 'milk' },
    ...{ verdict: 'FILLED', undoes: null, atMs: NOON_MS + HOUR_MS, actor: 'tok-1', channel: 'board' },
    ...fields,
  };
}
