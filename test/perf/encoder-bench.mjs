/**
 * How fast tables become Parquet files: `npm run bench -- encoder`. Prints one JSON line per case: rows per CPU-second
 * (user and system time of this process, all its threads), bytes of the file, peak resident memory. With GONDOLA_PYTHON
 * set, pyarrow writes the same data on one thread beside it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColumnarEncoder } from '@gondola/lake-parquet';
import { bronzeTables, silverTables } from './encoder-tables.mjs';

const RUNS = 5;
const MEGABYTE = 1024 * 1024;
const python = process.env.GONDOLA_PYTHON;
const scratch = mkdtempSync(join(tmpdir(), 'gondola-encoder-bench-'));

for (const [shape, makeTables] of Object.entries({ silver: silverTables, bronze: bronzeTables })) {
  const tables = makeTables();
  const file = join(scratch, `${shape}.parquet`);
  for (const codec of ['zstd', 'snappy']) {
    const { bytes, figures } = await measure(createColumnarEncoder(codec), tables);
    if (codec === 'zstd') writeFileSync(file, bytes);
    const pyarrow = python ? byPyarrow(file, codec) : undefined;
    console.log(JSON.stringify({ shape, codec, ...figures, pyarrow }));
  }
}
rmSync(scratch, { recursive: true });

/** The best of some runs: the machine is not always ours alone. */
async function measure(encoder, tables) {
  let best = Infinity;
  let longestWaitMs = 0;
  let encoded;
  let secondsSum = 0;
  for (let run = 0; run < RUNS; run++) {
    const cpu = process.cpuUsage();
    let last = performance.now();
    const ticker = setInterval(() => {
      const now = performance.now();
      if (run > 0) longestWaitMs = Math.max(longestWaitMs, now - last);
      last = now;
    }, 1);
    encoded = await encoder.encode(tables);
    clearInterval(ticker);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (user + system) / 1e6;
    if (run > 0) secondsSum += seconds;
    best = Math.min(best, seconds);
  }
  const { bytes, rows } = encoded;
  const figures = {
    rows,
    rowsPerCpuSecond: Math.round(rows / best),
    rowsPerCpuSecondMean: Math.round((rows * (RUNS - 1)) / secondsSum),
    bytes: bytes.length,
    longestWaitMs: Math.round(longestWaitMs),
    peakRssMb: Math.round((process.resourceUsage().maxRSS * 1024) / MEGABYTE),
  };
  return { bytes, figures };
}

function byPyarrow(file, codec) {
  return JSON.parse(
    execFileSync(python, [join(import.meta.dirname, 'write_with_pyarrow.py'), file, codec], {
      encoding: 'utf8',
    }),
  );
}
