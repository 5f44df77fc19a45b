/** npm run bench -- NAME [options]: runs test/perf/NAME-bench.mjs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const names = readdirSync(import.meta.dirname).flatMap((file) => /^(.+)-bench\.mjs$/.exec(file)?.[1] ?? []);
const [name] = process.argv.splice(2, 1);
if (!names.includes(name)) {
  console.error(`npm run bench -- NAME [options], where NAME is ${names.join(', ')}`);
  process.exitCode = 64;
} else await import(join(import.meta.dirname, `${name}-bench.mjs`));
