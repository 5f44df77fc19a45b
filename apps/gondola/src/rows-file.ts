import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  COMING_FEATURES,
  eachComingRow,
  eachTreeRow,
  FEATURES,
  trainingStores,
  type ComingRowOptions,
  type Model,
  type TreeRows,
} from '@gondola/detect';
import type { Panel } from '@gondola/events';

/** Rows gathered before they are written: 40 MB. */
const ROWS_AT_ONCE = 131_072;

export interface RowsOptions {
  readonly model: Model;
  readonly days: number;
  readonly firstDay: number;
  readonly share: number;
  readonly heldShare: number;
  /** Rows and labels for trees of what is coming. */
  readonly coming?: ComingRowOptions;
}

/** One row of training. */
interface WrittenRow {
  /** [feature] at `start`. */
  readonly features: Float32Array;
  readonly start: number;
  /** 1: out of stock; of what is coming: a bit a horizon. */
  readonly out: number;
  readonly fold: number;
  /** Of how many such hours this is one; left out: 1. */
  readonly weight?: number;
}

/** Writes the rows of a panel's training stores into a folder: see `openRows`. */
export function writeRows(folder: string, panel: Panel, options: RowsOptions): number {
  const { coming } = options;
  using rows = openRows(folder, coming ? COMING_FEATURES : FEATURES);
  const stores = trainingStores(panel);
  if (coming) eachComingRow(panel, stores, { ...options, ...coming }, (row) => rows.push(row));
  else eachTreeRow(panel, stores, options, (row) => rows.push(row));
  return rows.end();
}

export interface RowsWriter extends Disposable {
  push(row: WrittenRow): void;
  /** Writes what is left and the header; returns the number of rows. */
  end(): number;
}

/**
 * Writes training rows into a folder: `rows.f32` (float32, little-endian, one row after another), `labels.u8` (1: out
 * of stock; of what is coming: a bit a horizon), `folds.u8` (see `foldOf`), `weights.f32`, and `header.json` with the features' names and the number of rows.
 */
export function openRows(folder: string, shown: readonly string[] = FEATURES): RowsWriter {
  mkdirSync(folder, { recursive: true });
  const width = shown.length;
  const features = new Float32Array(ROWS_AT_ONCE * width);
  const labels = new Uint8Array(ROWS_AT_ONCE);
  const folds = new Uint8Array(ROWS_AT_ONCE);
  const weights = new Float32Array(ROWS_AT_ONCE);
  const names = ['rows.f32', 'labels.u8', 'folds.u8', 'weights.f32'];
  const files = names.map((name) => openSync(join(folder, name), 'w'));
  let total = 0;
  let held = 0;
  const flush = () => {
    const pieces = [
      features.subarray(0, held * width),
      ...[labels, folds, weights].map((one) => one.subarray(0, held)),
    ];
    pieces.forEach((piece, index) => writeWhole(files[index], piece));
    total += held;
    held = 0;
  };
  return {
    push({ features: shown, start, out, fold, weight = 1 }) {
      features.set(shown.subarray(start, start + width), held * width);
      labels[held] = out;
      folds[held] = fold;
      weights[held] = weight;
      if (++held === ROWS_AT_ONCE) flush();
    },
    end() {
      flush();
      const header = { format: 1, features: shown, rows: total };
      writeFileSync(join(folder, 'header.json'), `${JSON.stringify(header)}\n`);
      return total;
    },
    [Symbol.dispose]: () => files.forEach(closeSync),
  };
}

/** The rows that `writeRows` wrote, piece by piece; arrays are overwritten by the next piece. */
export function* readRows(folder: string, width: number = FEATURES.length): Generator<TreeRows> {
  const labels = readFileSync(join(folder, 'labels.u8'));
  const folds = readFileSync(join(folder, 'folds.u8'));
  const weightBytes = readFileSync(join(folder, 'weights.f32'));
  const weights = new Float32Array(Uint8Array.from(weightBytes).buffer);
  const rows = new Float32Array(ROWS_AT_ONCE * width);
  const file = openSync(join(folder, 'rows.f32'), 'r');
  try {
    for (let start = 0; start < labels.length; start += ROWS_AT_ONCE) {
      const end = Math.min(labels.length, start + ROWS_AT_ONCE);
      const piece = rows.subarray(0, (end - start) * width);
      readWhole(file, piece);
      yield {
        rows: piece,
        labels: labels.subarray(start, end),
        folds: folds.subarray(start, end),
        weights: weights.subarray(start, end),
      };
    }
  } finally {
    closeSync(file);
  }
}

function readWhole(file: number, piece: Float32Array): void {
  const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  for (let at = 0; at < bytes.length;) {
    const read = readSync(file, bytes, at, bytes.length - at, null);
    if (read === 0) throw new Error('rows.f32 is cut off');
    at += read;
  }
}

function writeWhole(file: number, piece: Float32Array | Uint8Array): void {
  const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
