import { ColumnLayout } from './columns.js';

/** Fractions that need no more than five digits are kept as 65,535ths. */
export const FRACTION_PARTS = 65_535;
/** No such hour today. */
export const NO_HOUR = 24;
export const WEEK_DAYS = 7;
/** Open hours of a day that are kept one by one. */
export const OPEN_HOURS_MAX = 16;

/** Place of a day in `dayUnits`; days before 1970 are days too. */
export function weekPlace(day: number): number {
  return ((day % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS;
}

/** Place of an open hour in `usualOut`. */
export function usualOutPlace(row: number, hour: number): number {
  return row * OPEN_HOURS_MAX + (hour % OPEN_HOURS_MAX);
}

/** What the tree ensemble needs to know of so many shelves besides what the filter keeps: 276 bytes each. */
function memoryFor(capacity: number) {
  return {
    /** Rows of the sums over stores of the same city and over all stores, plus one; 0: not looked up yet. */
    cityRow: new Int32Array(capacity),
    everyRow: new Int32Array(capacity),
    /** Prior of a plain filter, whose hazard knows the hour and whether there was a sale, nothing else. */
    plainPrior: new Float32Array(capacity),
    /** P(out) by the filter one and two ticks ago. */
    out1: new Float32Array(capacity),
    out2: new Float32Array(capacity),
    /** First score one and two ticks ago, its prior for the next tick, its highest today, its usual value at close. */
    score1: new Float32Array(capacity),
    score2: new Float32Array(capacity),
    scorePrior: new Float32Array(capacity),
    scoreMax: new Float32Array(capacity),
    scoreAtClose: new Float32Array(capacity),
    /** Day totals: decaying maximum, variance, and usual units of days that ended sold out (sum and weight). */
    dayMax: new Float32Array(capacity),
    dayVariance: new Float32Array(capacity),
    capUnits: new Float32Array(capacity),
    capWeight: new Float32Array(capacity),
    /** -log P(nothing sold) between two sales of a day: usual and decaying maximum; and since the last sale. */
    gapUsual: new Float32Array(capacity),
    gapMax: new Float32Array(capacity),
    gapNow: new Float32Array(capacity),
    /** The same since the last sale by how often this shelf sells nothing in these hours of the day. */
    ownGapNow: new Float32Array(capacity),
    lastUnits: new Float32Array(capacity),
    /** Decaying sums of units sold and expected over the last hours, and sums of this morning. */
    recentUnits: new Float32Array(capacity),
    recentExpected: new Float32Array(capacity),
    morningUnits: new Float32Array(capacity),
    morningExpected: new Float32Array(capacity),
    /** P(out) at yesterday's close, this morning's opening and at its highest today. */
    outAtClose: new Float32Array(capacity),
    outAtOpen: new Float32Array(capacity),
    outMax: new Float32Array(capacity),
    /** Variance of hourly units against their mean: 1 for Poisson. */
    spread: new Float32Array(capacity),
    unitsMax: new Float32Array(capacity),
    /** Usual hour of the last sale of a day, and of running out. */
    lastSaleUsual: new Float32Array(capacity),
    emptyUsual: new Float32Array(capacity),
    /** Units of the last days by day modulo 7. */
    dayUnits: new Float32Array(capacity * WEEK_DAYS),
    /** In 65,535ths: by hour of day how often nothing is sold; by open hour, modulo 16, the usual P(out). */
    usualZero: new Uint16Array(capacity * 24),
    usualOut: new Uint16Array(capacity * OPEN_HOURS_MAX),
    silentHours: new Uint16Array(capacity),
    hoursSinceRestock: new Uint16Array(capacity),
    ageDays: new Uint16Array(capacity),
    /** Cell of the hazard table that the present prior was made with. */
    lastCell: new Uint16Array(capacity),
    /** Hours with a sale today; hours of the first and last sale of today, the last of yesterday. */
    saleHours: new Uint8Array(capacity),
    firstSale: new Uint8Array(capacity),
    lastSale: new Uint8Array(capacity),
    lastSaleYesterday: new Uint8Array(capacity),
    /** Hour at which it seems to have run out today and yesterday; 1 while it seems to be out. */
    emptyAt: new Uint8Array(capacity),
    emptyAtYesterday: new Uint8Array(capacity),
    seemsOut: new Uint8Array(capacity),
    /** Units sold since it was last out, and usually until it is; NaN before it was. */
    soldSinceOut: new Float32Array(capacity),
    stockUsual: new Float32Array(capacity),
    /** Open hours in which it was out, as bits from opening on, by day modulo 7. */
    outDays: new Uint16Array(capacity * WEEK_DAYS),
    hoursSinceOut: new Uint16Array(capacity),
    /** Status of the last hour, in 255ths: 255 out. */
    status: new Uint8Array(capacity),
  };
}

export type ShelfMemory = ReturnType<typeof memoryFor>;

export const memoryLayout = new ColumnLayout(memoryFor);

/** What is believed of a shelf that nothing is known of. */
export function startMemory(memory: ShelfMemory, row: number): void {
  memory.plainPrior[row] = memory.out1[row] = memory.out2[row] = 0.1;
  memory.score1[row] = memory.score2[row] = memory.scorePrior[row] = 0.1;
  memory.scoreAtClose[row] = 0.15;
  memory.dayVariance[row] = 4;
  memory.gapUsual[row] = 0.7;
  memory.gapMax[row] = 1.5;
  memory.spread[row] = 1;
  memory.lastSaleUsual[row] = 20;
  memory.emptyUsual[row] = 22;
  memory.usualZero.fill(0.7 * FRACTION_PARTS, row * 24, row * 24 + 24);
  memory.usualOut.fill(0.15 * FRACTION_PARTS, row * OPEN_HOURS_MAX, (row + 1) * OPEN_HOURS_MAX);
  memory.hoursSinceRestock[row] = 200;
  memory.hoursSinceOut[row] = 99;
  memory.stockUsual[row] = NaN;
  memory.firstSale[row] = memory.emptyAt[row] = memory.emptyAtYesterday[row] = NO_HOUR;
}
