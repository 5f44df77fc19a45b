export * from './causes.js';
export * from './config.js';
export * from './engine.js';
export type * from './engine-options.js';
export { modelOf, modelText, parseModel, type Model, type ModelFile } from './model.js';
export { hoursWithClosures, openingHoursOf, type ClosedTime, type OpeningHours } from './opening-hours.js';
export type { ShelfOrder, Supply } from './orders.js';
export * from './panel.js';
export { localClock } from './local-time.js';
export { fitModel, isTestStore, type FitOptions } from './fit.js';
export * from './fit-trees.js';
export * from './fit-sales.js';
export { IsotonicFit } from './isotonic.js';
export * from './label.js';
export type { Look } from './look.js';
export * from './labelled.js';
export * from './measures.js';
export { FEATURES, FIRST_FEATURES } from './features.js';
export { COMING_FEATURES } from './status-features.js';
export * from './fit-coming.js';
export * from './stock-status.js';
export { eachComingRow, type ComingRowOptions } from './coming-rows.js';
export { eachTreeRow, foldOf, HELD_FOLD, type TreeRow } from './tree-rows.js';
export type { Promotion } from './promotions.js';
export * from './scores.js';
export type { EnsembleFile } from './trees.js';
export { sumsKey } from './foreign-sums.js';
export { SUM_FIELDS } from './sibling-sums.js';
export { decodeSums, encodeSums, type SumsRecord } from './sums-record.js';
export { FeedFold, FEED_FOLD, type FeedFoldOptions, type ManySilent } from './feed-fold.js';
export {
  ItemFold,
  ITEM_FOLD,
  type FoldSignal,
  type ItemFoldOptions,
  type ItemShort,
  type Region,
} from './item-fold.js';
export {
  StockoutReader,
  type EngineStores,
  type StockoutLimits,
  type Stockouts,
  type StoreStockouts,
} from './stockouts.js';
export { textHash } from './text-hash.js';
export type { Level } from './usual.js';
