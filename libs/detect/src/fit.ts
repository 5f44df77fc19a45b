import { crc32 } from 'node:zlib';
import type { Panel } from '@gondola/events';
import { PROPENSITY_BINS, RATIO_BINS, SALE_BINS } from './equations.js';
import { learnHourTables, type HourTables } from './fit-tables.js';
import { IsotonicFit } from './isotonic.js';
import { MODEL_FORMAT, modelOf, type Model, type ModelFile } from './model.js';
import { runPanel, SCORED_HOUR_FIRST, SCORED_HOURS, storesOf, type PanelStore } from './panel.js';

const CELLS_PER_SALE = RATIO_BINS * PROPENSITY_BINS;
const CELLS = 24 * SALE_BINS * CELLS_PER_SALE;
/** A cell counts as much as this many hours of its hour's and sale's mean. */
const HAZARD_SHRINK = 200;
/** The state needs this long to know its shelves before its cells are counted. */
const WARM_UP_DAYS = 14;
const HAZARD_ROUNDS = 2;
/** Share of the days, at their end, on which the calibration is fitted. */
const CALIBRATION_DAYS = 14;
const DIGITS = 6;

export interface FitOptions {
  readonly version: string;
  /** Days from the panel's first that may be learned from; at least 29. */
  readonly days: number;
  readonly fittedOn: Pick<ModelFile['fitted_on'], 'dataset' | 'licence' | 'attribution' | 'command'>;
  /** Called when a step is done, with its name. */
  readonly onStep?: (step: string) => void;
}

/** Stores whose labels nobody may fit a model on: a quarter, by a checksum of their number. */
export function isTestStore(store: number): boolean {
  return crc32(`test:${store}`) % 4 === 0;
}

/**
 * Fits a model on a labelled panel: hour tables, then the hazard table counted on the detector's own state (twice,
 * since the state depends on the table), then the calibration on the last two weeks. Only stores that are not test
 * stores and only the first `days` are looked at. Throws when there are no labels or too few days.
 */
export function fitModel(panel: Panel, options: FitOptions): Model {
  const { days, onStep } = options;
  if (days < WARM_UP_DAYS + CALIBRATION_DAYS + 1 || days > panel.days) {
    throw new Error(`a fit takes ${WARM_UP_DAYS + CALIBRATION_DAYS + 1} to ${panel.days} days, not ${days}`);
  }
  const stores = storesOf(panel).filter(({ store }) => !isTestStore(store));
  if (stores.length === 0) throw new Error('the panel has no store that may be learned from');
  const tables = learnHourTables(panel, stores, days);
  onStep?.('hour tables');
  let file = firstModel(tables, options, panelSize(stores, days));
  for (let round = 1; round <= HAZARD_ROUNDS; round++) {
    const hazard = countHazards(panel, stores, days, modelOf(file), tables);
    file = { ...file, hazard };
    onStep?.(`hazards, round ${round}`);
  }
  file = { ...file, calibration: calibrationOf(panel, stores, days, modelOf(file)) };
  onStep?.('calibration');
  return modelOf(rounded(file));
}

function panelSize(stores: readonly PanelStore[], days: number) {
  const series = stores.reduce((sum, { first, end }) => sum + end - first, 0);
  return { rows: series * days, stores: stores.length, days: `0-${days - 1}` };
}

/** A model whose hazards depend on hour and sale alone and whose calibration changes nothing. */
function firstModel(
  tables: HourTables,
  { version, fittedOn }: FitOptions,
  size: { rows: number; stores: number; days: string },
): ModelFile {
  return {
    format: MODEL_FORMAT,
    version,
    fitted_on: { ...fittedOn, ...size },
    tick_minutes: 60,
    open_hours: [SCORED_HOUR_FIRST, SCORED_HOUR_FIRST + SCORED_HOURS],
    profile: { global: tables.globalProfile, by_category: Object.fromEntries(tables.profiles) },
    day_of_week: tables.dayOfWeek,
    rate: { shape: tables.rateShape, exposure: tables.rateExposure, memory: 0.998, dispersion: 1.5 },
    evidence: { temper: 0.85, sale_when_out: tables.saleWhenOut },
    restock: tables.restock,
    hazard: nested(Float64Array.from({ length: CELLS }, (_, cell) => baseHazard(tables, cell))),
    calibration: { x: [0, 1], y: [0, 1] },
    // Counted in simulations that know true and recorded stock, with little, usual and much unseen loss.
    ledger: {
      cover_edges: [0, 0.125, 0.25, 0.5, 1, 2, 4, 8],
      hazard_after_sale: [0.985, 0.42, 0.155, 0.09, 0.04, 0.012, 0.0025, 0.0015, 0.0035],
      hazard_without_sale: [0.2, 0.0025, 0.004, 0.003, 0.001, 0.0006, 0.0003, 0.00025, 0.00022],
      receipt_factor: 0.07,
      restock: 0.003,
      sale_when_out: 0.002,
    },
    coming: { hours: 6, probability: 0.5 },
  };
}

function baseHazard(tables: HourTables, cell: number): number {
  const hour = Math.floor(cell / (SALE_BINS * CELLS_PER_SALE));
  const sold = Math.floor(cell / CELLS_PER_SALE) % SALE_BINS > 0;
  return (sold ? tables.hazardAfterSale : tables.hazardWithoutSale)[hour];
}

/** In-stock hours in each cell of the state, and how many of them were followed by an out hour. */
function countHazards(
  panel: Panel,
  stores: readonly PanelStore[],
  days: number,
  model: Model,
  tables: HourTables,
): ModelFile['hazard'] {
  const { outMask } = panel;
  const inStock = new Float64Array(CELLS);
  const ranOut = new Float64Array(CELLS);
  runPanel(panel, stores, {
    model,
    days,
    onTick(range, day, hour, view) {
      const last = day === days - 1 && hour === 23;
      if (day < WARM_UP_DAYS || last || !outMask || !view.seeing) return;
      for (let row = 0; row < view.count; row++) {
        const place = (range.first + row) * panel.days + day;
        if ((outMask[place] >> hour) & 1) continue;
        const cell = view.hazardCell[row];
        inStock[cell]++;
        ranOut[cell] += hour === 23 ? outMask[place + 1] & 1 : (outMask[place] >> (hour + 1)) & 1;
      }
    },
  });
  const shrunk = (out: number, cell: number) =>
    (out + HAZARD_SHRINK * baseHazard(tables, cell)) / (inStock[cell] + HAZARD_SHRINK);
  return nested(ranOut.map(shrunk));
}

function calibrationOf(panel: Panel, stores: readonly PanelStore[], days: number, model: Model) {
  const { outMask } = panel;
  const fit = new IsotonicFit();
  runPanel(panel, stores, {
    model,
    days,
    onTick(range, day, hour, view) {
      const slot = hour - SCORED_HOUR_FIRST;
      if (day < days - CALIBRATION_DAYS || slot < 0 || slot >= SCORED_HOURS || !outMask) return;
      for (let row = 0; row < view.count; row++) {
        fit.add(view.posterior[row], (outMask[(range.first + row) * panel.days + day] >> hour) & 1);
      }
    },
  });
  return fit.breakpoints();
}

function nested(cells: Float64Array): ModelFile['hazard'] {
  const chunks = <T>(list: readonly T[], size: number): T[][] =>
    Array.from({ length: list.length / size }, (_, i) => list.slice(i * size, (i + 1) * size));
  return chunks(chunks(chunks([...cells], PROPENSITY_BINS), RATIO_BINS), SALE_BINS);
}

/** Six digits are far more than the data knows, and keep the file small. */
function rounded(file: ModelFile): ModelFile {
  const round = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;
  return JSON.parse(JSON.stringify(file, round)) as ModelFile;
}
