import { comingOf } from './coming-trees.js';
import type { TickView } from './engine-options.js';
import { coverOf } from './on-hand.js';
import { outInHour } from './out-in-hour.js';
import { QUANTITY_PARTS } from './shelf-state.js';
import type { EngineNames } from './snapshot.js';
import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';

/** What is told of a store whose hour has just ended. */
export function tickViewOf(
  store: StoreState,
  context: TickContext,
  names: EngineNames,
  seeing: boolean,
): TickView {
  const { storeId, tickStartMs: startMs, tickEndMs: endMs, shelves } = store;
  const { posterior, cell, units, expected, features, score, final, open } = context.work;
  return {
    ...{ storeId, startMs, endMs, hour: context.at.hour, seeing, count: shelves.count },
    itemAt: (row) => names.items.nameOf(shelves.columns.item.at(row)),
    ...{ posterior, hazardCell: cell, units, expected },
    recordOf: (row) => shelves.columns.record.at(row) / QUANTITY_PARTS,
    coverOf: (row) => coverOf(store, row, expected[row]),
    probabilityOf: (row) => outInHour(store, context, row).calibrated,
    comingOf: (row, hours) => comingOf(context, row, hours),
    trees: shelves.memory && open ? { features, score, final } : null,
  };
}
