// The closing line of a CI run: what jest counted in all of its runs.
import { readFileSync } from 'node:fs';

const runs = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const sum = (field) => runs.reduce((total, run) => total + run[field], 0);
const failed = sum('numFailedTests') + sum('numRuntimeErrorTestSuites');
console.log(`Tests: ${sum('numPassedTests')} passed, ${failed} failed, ${sum('numPendingTests')} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
