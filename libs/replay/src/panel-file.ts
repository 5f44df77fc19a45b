import { GondolaError } from '@gondola/stream';
import { readFile } from 'node:fs/promises';
import type { Panel } from '@gondola/events';
import { readParquetColumns } from '@gondola/lake-parquet';

const HOURS = Array.from({ length: 24 }, (_, hour) => `u${String(hour).padStart(2, '0')}`);
const KEYS = ['store', 'sku', 'city', 'category', 'day'] as const;
/** Day 0 of FreshRetailNet-50K, a Thursday. */
const DAY_ZERO_MS = Date.UTC(2024, 2, 28);

export interface PanelFileOptions {
  /** Only these stores. */
  readonly stores?: readonly number[];
  /** Told when the file has some of them only. */
  readonly onMissing?: (message: string) => void;
  /** First and last day wanted, both read; from 0. The panel's `dayZeroMs` moves with the first. */
  readonly firstDay?: number;
  readonly lastDay?: number;
  /** False: leave out_mask unread even where the file has it. */
  readonly labels?: boolean;
}

/** Columns of the file, one entry a row (a series and day). */
type Column = ArrayLike<number>;

/**
 * Reads a sales panel: Parquet with store, sku, city, category, day, u00..u23 (units sold in each hour, local time)
 * and, where known, out_mask (bit h set: out of stock in hour h). Series come sorted by store and sku; a day that a
 * series has no row for has no sales. Errors: `input_invalid`, naming what the file lacks.
 */
export async function readPanelFile(path: string, options: PanelFileOptions = {}): Promise<Panel> {
  const bytes = await readFile(path);
  const read = async (name: string): Promise<Column> => {
    try {
      return (await readParquetColumns(bytes, [name]))[name] as Column;
    } catch (cause) {
      throw inputInvalid(
        `${path}: no column ${name}, or not a Parquet file: ${(cause as Error).message}`,
        cause,
      );
    }
  };
  const [store, sku, city, category, day] = await Promise.all(KEYS.map(read));
  if (options.stores) requireStores(path, options.stores, store, options.onMissing);
  const firstDay = options.firstDay ?? 0;
  const lastDay = Math.min(options.lastDay ?? Infinity, maxOf(day));
  const wanted = options.stores && new Set(options.stores);
  const rows = Array.from(day, (_, row) => row)
    .filter((row) => day[row] >= firstDay && day[row] <= lastDay && (!wanted || wanted.has(store[row])))
    .sort((a, b) => store[a] - store[b] || sku[a] - sku[b] || day[a] - day[b]);
  if (rows.length === 0) throw inputInvalid(`${path}: no row of the wanted stores and days`);

  const { seriesOf, heads } = numberSeries(rows, store, sku);
  const days = lastDay - firstDay + 1;
  const pick = (column: Column) => Int32Array.from(heads, (row) => column[row]);
  const units = new Uint16Array(heads.length * days * 24);
  for (const [hour, name] of HOURS.entries()) {
    const sold = await read(name);
    rows.forEach((row, at) => {
      units[(seriesOf[at] * days + day[row] - firstDay) * 24 + hour] = sold[row];
    });
  }
  const mask = options.labels === false ? null : await readMask(bytes);
  const outMask = mask && new Int32Array(heads.length * days);
  if (outMask && mask) {
    rows.forEach((row, at) => {
      outMask[seriesOf[at] * days + day[row] - firstDay] = mask[row];
    });
  }
  return {
    ...{ series: heads.length, days, dayZeroMs: DAY_ZERO_MS + firstDay * 86_400_000 },
    ...{ store: pick(store), sku: pick(sku), city: pick(city), category: pick(category), units, outMask },
  };
}

const STORES_SHOWN_MAX = 10;

/** A mistyped store must not be left out in silence; that the file has none of them is an error. */
function requireStores(
  path: string,
  wanted: readonly number[],
  store: Column,
  onMissing: PanelFileOptions['onMissing'],
): void {
  const known = new Set(Array.from(store));
  const unknown = wanted.filter((one) => !known.has(one));
  if (unknown.length === 0) return;
  const shown = someOf([...known].sort((left, right) => left - right));
  const message = `${path} has no store ${someOf(unknown)}; there are ${shown}`;
  if (unknown.length === wanted.length) throw inputInvalid(message);
  onMissing?.(message);
}

function someOf(stores: readonly number[]): string {
  const more = stores.length - STORES_SHOWN_MAX;
  return `${stores.slice(0, STORES_SHOWN_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Labels are optional: a panel that is only scored need not have them. */
async function readMask(bytes: Uint8Array): Promise<Column | null> {
  try {
    return (await readParquetColumns(bytes, ['out_mask'])).out_mask as Column;
  } catch (error) {
    if ((error as Error).message.includes('column not found')) return null;
    throw error;
  }
}

/** Series number of every (sorted) row, and the first row of every series. */
function numberSeries(rows: readonly number[], store: Column, sku: Column) {
  const seriesOf = new Int32Array(rows.length);
  const heads: number[] = [];
  rows.forEach((row, at) => {
    const head = heads.at(-1);
    if (head === undefined || store[head] !== store[row] || sku[head] !== sku[row]) heads.push(row);
    seriesOf[at] = heads.length - 1;
  });
  return { seriesOf, heads };
}

function maxOf(column: Column): number {
  let max = 0;
  for (let i = 0; i < column.length; i++) if (column[i] > max) max = column[i];
  return max;
}

function inputInvalid(message: string, cause?: unknown): GondolaError {
  return new GondolaError('input_invalid', message, false, { cause });
}
