/** A signals table of a chain, for the latency bench: each shelf had a stockout, some of them are empty still. */
import { importFromTests } from './tests.mjs';
import { digits } from './bench-tools.mjs';

const HOUR_MS = 3_600_000;
const SIGNALS_A_COMMIT = 50_000;
/** Of a hundred shelves. */
const OPEN_SHELVES = 5;

export const seededStore = (number) => `S${digits(number, 4)}`;
export const seededItem = (number) => `SKU${digits(number, 6)}`;

export async function seedSignals(folder, { environment, stores, items, nowMs }) {
  const { LakeFixture, signalWith } = await importFromTests('../apps/api/test/lake-fixture.ts');
  const lake = LakeFixture.at(folder);
  const total = stores * items;
  let signals = [];
  for (let shelf = 0; shelf < total; shelf++) {
    const isOpen = shelf % 100 < OPEN_SHELVES;
    // What is open began within a day, what is over within a week: the order of shelves is not that of time.
    const ageMs = ((shelf * 7_919) % total) * ((isOpen ? 24 : 168) / total) * HOUR_MS;
    signals.push(
      signalWith({
        ...{ signalId: `seed-${shelf}`, environment, storeId: seededStore(Math.floor(shelf / items)) },
        ...{ itemId: seededItem(shelf % items), kind: isOpen ? 'out_of_stock' : 'recovered' },
        ...{ atMs: Math.floor(nowMs - HOUR_MS - ageMs), lostSalesPerHour: 1 + (shelf % 997) },
      }),
    );
    if (signals.length < SIGNALS_A_COMMIT && shelf < total - 1) continue;
    await lake.addSignals(signals, environment);
    signals = [];
  }
}
