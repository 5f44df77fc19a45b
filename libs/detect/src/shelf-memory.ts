import { ColumnLayout, type ColumnRoom } from './columns.js';

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
function memoryIn(room: ColumnRoom, capacity: number) {
  return {
    /** Rows of the sums over stores of the same city and over all stores, plus one; 0: not looked up yet. */
    cityRow: room.int32(capacity),
    everyRow: room.int32(capacity),
    /** Prior of a plain filter, whose hazard knows the hour and whether there was a sale, nothing else. */
    plainPrior: room.float32(capacity),
    /** P(out) by the filter one and two ticks ago. */
    out1: room.float32(capacity),
    out2: room.float32(capacity),
    /** First score one and two ticks ago, its prior for the next tick, its highest today, its usual value at close. */
    score1: room.float32(capacity),
    score2: room.float32(capacity),
    scorePrior: room.float32(capacity),
    scoreMax: room.float32(capacity),
    scoreAtClose: room.float32(capacity),
    /** Day totals: decaying maximum, variance, and usual units of days that ended sold out (sum and weight). */
    dayMax: room.float32(capacity),
    dayVariance: room.float32(capacity),
    capUnits: room.float32(capacity),
    capWeight: room.float32(capacity),
    /** -log P(nothing sold) between two sales of a day: usual and decaying maximum; and since the last sale. */
    gapUsual: room.float32(capacity),
    gapMax: room.float32(capacity),
    gapNow: room.float32(capacity),
    /** The same since the last sale by how often this shelf sells nothing in these hours of the day. */
    ownGapNow: room.float32(capacity),
    lastUnits: room.float32(capacity),
    /** Decaying sums of units sold and expected over the last hours, and sums of this morning. */
    recentUnits: room.float32(capacity),
    recentExpected: room.float32(capacity),
    morningUnits: room.float32(capacity),
    morningExpected: room.float32(capacity),
    /** P(out) at yesterday's close, this morning's opening and at its highest today. */
    outAtClose: room.float32(capacity),
    outAtOpen: room.float32(capacity),
    outMax: room.float32(capacity),
    /** Variance of hourly units against their mean: 1 for Poisson. */
    spread: room.float32(capacity),
    unitsMax: room.float32(capacity),
    /** Usual hour of the last sale of a day, and of running out. */
    lastSaleUsual: room.float32(capacity),
    emptyUsual: room.float32(capacity),
    /** Units of the last days by day modulo 7. */
    dayUnits: room.float32(capacity * WEEK_DAYS),
    /** In 65,535ths: by hour of day how often nothing is sold; by open hour, modulo 16, the usual P(out). */
    usualZero: room.uint16(capacity * 24),
    usualOut: room.uint16(capacity * OPEN_HOURS_MAX),
    silentHours: room.uint16(capacity),
    hoursSinceRestock: room.uint16(capacity),
    ageDays: room.uint16(capacity),
    /** Cell of the hazard table that the present prior was made with. */
    lastCell: room.uint16(capacity),
    /** Hours with a sale today; hours of the first and last sale of today, the last of yesterday. */
    saleHours: room.uint8(capacity),
    firstSale: room.uint8(capacity),
    lastSale: room.uint8(capacity),
    lastSaleYesterday: room.uint8(capacity),
    /** Hour at which it seems to have run out today and yesterday; 1 while it seems to be out. */
    emptyAt: room.uint8(capacity),
    emptyAtYesterday: room.uint8(capacity),
    seemsOut: room.uint8(capacity),
    /** Units sold since it was last out, and usually until it is; NaN before it was. */
    soldSinceOut: room.float32(capacity),
    stockUsual: room.float32(capacity),
    /** Open hours in which it was out, as bits from opening on, by day modulo 7. */
    outDays: room.uint16(capacity * WEEK_DAYS),
    hoursSinceOut: room.uint16(capacity),
    /** Status of the last hour, in 255ths: 255 out. */
    status: room.uint8(capacity),
  };
}

export type ShelfMemory = ReturnType<typeof memoryIn>;

export const memoryLayout = new ColumnLayout(memoryIn);

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
  // Loops: for so few entries `fill` takes several times as long.
  for (let at = row * 24; at < row * 24 + 24; at++) memory.usualZero[at] = 0.7 * FRACTION_PARTS;
  for (let at = row * OPEN_HOURS_MAX; at < (row + 1) * OPEN_HOURS_MAX; at++)
    memory.usualOut[at] = 0.15 * FRACTION_PARTS;
  memory.hoursSinceRestock[row] = 200;
  memory.hoursSinceOut[row] = 99;
  memory.stockUsual[row] = NaN;
  memory.firstSale[row] = memory.emptyAt[row] = memory.emptyAtYesterday[row] = NO_HOUR;
}
