import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../run-gondola.js';

/** `npm run bench -- fuzz` does a million of them. The time of single records is for a quiet machine. */
it('records that nobody should send are each in silver or in quarantine, and all in bronze', async () => {
  const args = [join(ROOT, 'test/perf/bench.mjs'), 'fuzz', '--records', '5000', '--seed', '7'];
  const run = promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const { found } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { found?: object };
  expect({ ...found, noneSlow: true }).toEqual({
    everythingInBronze: true,
    everythingSomewhere: true,
    everySubjectInSilver: true,
    reconciled: true,
    detectionRefusedNothing: true,
    memoryFlat: true,
    noneSlow: true,
  });
}, 300_000);
