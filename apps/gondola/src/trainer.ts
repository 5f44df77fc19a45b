import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type EnsembleFile } from '@gondola/detect';
import { SetupError } from '@gondola/stream';
import { z } from 'zod';

const TRAINER = fileURLToPath(new URL('../../trainer', import.meta.url));
const OWN_PYTHON = join(TRAINER, '.venv', 'bin', 'python');

/** What grow.py is told of one ensemble. */
export interface EnsembleJob {
  /** Rows of these folds are grown on. */
  readonly folds: readonly number[];
  /** Bit of the rows' labels that it is to tell; left out: the first. */
  readonly label_bit?: number;
  /** Trees at most, leaves of each. */
  readonly trees: number;
  readonly leaves: number;
  readonly rate: number;
  /** Share of the features that each tree sees. */
  readonly features: number;
  /** True: end where the held out rows gain no more. */
  readonly stop?: boolean;
  /** Rows of a leaf at least. */
  readonly leaf_rows?: number;
}

export interface GrowJob {
  readonly rows: string;
  readonly out: string;
  readonly columns: number;
  readonly held_fold: number;
  readonly missing: readonly string[];
  readonly missing_share: number;
  readonly ensembles: readonly EnsembleJob[];
}

const grownSchema = z.object({
  ensembles: z.array(
    z.object({ nodes: z.array(z.number()), feature: z.string(), value: z.string(), right: z.string() }),
  ),
  metrics: z.array(z.record(z.string(), z.number())),
});

export interface Grown {
  readonly ensembles: readonly EnsembleFile[];
  readonly metrics: readonly Readonly<Record<string, number>>[];
}

/** A Python that has LightGBM: the one named, the trainer's own, or the machine's. Else says what to do. */
export async function findPython(named: string): Promise<string> {
  const python = named || (existsSync(OWN_PYTHON) ? OWN_PYTHON : 'python3');
  try {
    await promisify(execFile)(python, ['-c', 'import lightgbm, numpy']);
    return python;
  } catch (cause) {
    throw new SetupError(
      'config_invalid',
      `--python: ${python} has no LightGBM, or is no Python. The trees are grown by it; once: python3 -m venv ` +
        'apps/trainer/.venv && apps/trainer/.venv/bin/pip install -r apps/trainer/requirements.txt. ' +
        'Or train the filter alone: --filter-only',
      { cause },
    );
  }
}

/** Runs apps/trainer/grow.py on one job; its errors come to standard error. */
export async function grow(python: string, job: GrowJob, signal: AbortSignal): Promise<Grown> {
  const jobFile = `${job.out}.job`;
  writeFileSync(jobFile, JSON.stringify(job));
  const child = spawn(python, [join(TRAINER, 'grow.py'), jobFile], {
    stdio: ['ignore', 'ignore', 'inherit'],
    signal,
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`the trainer ended with ${code}`);
  return grownSchema.parse(JSON.parse(readFileSync(job.out, 'utf8')));
}
