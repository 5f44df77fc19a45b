import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const pythonPath =
  process.env['GONDOLA_PYTHON'] ?? join(import.meta.dirname, '../../.venv/bin/python');
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** Runs suites that need Python, or shows them as skipped and says what is missing. */
export const describeWithPython: (name: string, suite: () => void) => void = existsSync(pythonPath)
  ? describe
  : (name, suite) => describe.skip(`${name} (no Python at ${pythonPath}: set GONDOLA_PYTHON)`, suite);

/** What one engine sees of a table. Integers, decimals and sums are text. */
interface EngineView {
  readonly rows: number;
  readonly schema: Readonly<Record<string, string>>;
  readonly sums: Readonly<Record<string, unknown>>;
  readonly values: readonly Readonly<Record<string, unknown>>[];
}

export interface TableView {
  readonly version: number;
  readonly files: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly delta_rs: EngineView;
  readonly duckdb: EngineView;
  readonly polars: EngineView;
  readonly broken_stats: readonly string[];
}

export const ENGINES = ['delta_rs', 'duckdb', 'polars'] as const;

/** What delta-rs, DuckDB and Polars see of the table in a folder. */
export async function readTable(folder: string, ...options: string[]): Promise<TableView> {
  return JSON.parse(
    await runPython(join(import.meta.dirname, 'read_tables.py'), folder, ...options),
  ) as TableView;
}

/** Threads of delta-rs that are still there when the interpreter ends may abort it: a text leaves without that end. */
const LEAVE = '\nimport os, sys; sys.stdout.flush(); os._exit(0)';

/** Standard output of a script (`-c` and text, or a file). Throws with its standard error when it fails. */
export async function runPython(first: string, ...rest: string[]): Promise<string> {
  const [text = '', ...more] = rest;
  const args = first === '-c' ? ['-c', text + LEAVE, ...more] : [first, ...rest];
  const { stdout } = await promisify(execFile)(pythonPath, args, { maxBuffer: OUTPUT_BYTES_MAX });
  return stdout;
}
