import type { ExplainerDeps } from './explainer.js';
import { storeSummaries, type StoreSummary } from '../shelves/views.js';
import { printable } from './fold.js';
import { countRow, linkOf, type Row } from './sources.js';
import type { Cited, Teller } from './teller.js';
import type { Words } from './words.js';

const TOP = 3;

interface Placed {
  readonly store: StoreSummary;
  /** Where `/stores` has it. */
  readonly at: number;
}

interface Loss extends Placed {
  readonly perHour: number;
  /** null: units, of shelves whose price is not known. */
  readonly currency: string | null;
  /** Below the store. */
  readonly pointer: string;
}

/** The stores that lose most an hour (of each currency; in units where no price is known), or have most open shelves. */
export async function tellStores(
  teller: Teller,
  words: Words,
  { signals, names, openNow }: Pick<ExplainerDeps, 'signals' | 'names' | 'openNow'>,
  by: 'loss' | 'open' | 'all',
): Promise<void> {
  // As `/stores` has them, which is what is cited.
  const tallyIn = await openNow.tallies();
  const placed = storeSummaries(signals, names, () => 'seen', tallyIn).map((store, at) => ({ store, at }));
  if (by === 'all')
    return teller.tell((c) => words.stores(c.amount(countRow('/stores', {}), '/total', placed.length, 0)));
  if (by === 'loss') return tellLosses(teller, words, placed);
  for (const one of placed.filter(({ store }) => store.openTotal > 0).slice(0, TOP))
    tellOf(teller, one, (_, name, count) => words.storeHasOpen(name, count));
}

function tellLosses(teller: Teller, words: Words, placed: readonly Placed[]): void {
  const losses = lossesOf(placed).sort((left, right) => right.perHour - left.perHour);
  for (const currency of new Set(losses.map((loss) => loss.currency)))
    for (const loss of losses.filter((one) => one.currency === currency).slice(0, TOP)) {
      const { at, perHour, pointer } = loss;
      const path = `/stores/${at}/${pointer}`;
      tellOf(teller, loss, (c, name, count) => {
        const amount =
          currency === null
            ? words.units(c.amount(storeRow(at), path, perHour))
            : c.money(storeRow(at), path, perHour, currency);
        return words.storeLoses(name, amount, count);
      });
    }
}

function lossesOf(placed: readonly Placed[]): Loss[] {
  return placed
    .flatMap(({ store, at }) => [
      ...store.lost.sales.map(({ currency, perHour }, index) => ({
        ...{ store, at, perHour, currency: currency ?? '', pointer: `lost/sales/${index}/perHour` },
      })),
      {
        ...{ store, at, perHour: store.lost.unitsWithoutPrice, currency: null },
        pointer: 'lost/unitsWithoutPrice',
      },
    ])
    .filter(({ perHour }) => perHour > 0);
}

function tellOf(
  teller: Teller,
  { store: { storeId, name, openTotal }, at }: Placed,
  write: (c: Cited, name: string, count: string) => string,
): void {
  const row = storeRow(at);
  teller.tell((c) => {
    c.word(row, `/stores/${at}/storeId`, storeId, printable(storeId));
    const count = c.amount(row, `/stores/${at}/openTotal`, openTotal, 0);
    return write(c, teller.named(storeId, name), count);
  });
}

/** A store stands in `/stores` at a place that changes: what is cited is of now, as with every count. */
const storeRow = (at: number): Row => ({
  ...{ kind: 'count', id: '/stores', link: linkOf('/stores', { limit: at + 1 }) },
});
