#!/usr/bin/env node
// Plain JavaScript that old Nodes understand: it says what is missing instead of failing on syntax.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { setFlagsFromString } from 'node:v8';

const main = new URL('../dist/main.js', import.meta.url);
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `gondola needs Node 24 and runs on ${process.version}: call it with npx, which takes the one this project brings.\n`,
  );
  process.exitCode = 78;
} else if (!existsSync(main)) {
  process.stderr.write('gondola is not built yet: run npm run build\n');
  process.exitCode = 1;
} else {
  // What we hold are large buffers, which cost the collector nothing to keep but make it start: with its usual pace it
  // walks the same 30 MB of objects after every 20 MB of buffers, a fifth of all CPU of an ingest.
  setFlagsFromString('--heap-growing-percent=200');
  const command = process.argv[2];
  if (command === 'ingest') growYoungGenerationOnce();
  // A million signals are read at the start and stay: V8 concludes that all that is made in those places will, and puts what lives for a
  // request among the old. Each collection of the young then took several times as long, 20 ms in which nobody is answered.
  if (['api', 'up'].includes(command)) setFlagsFromString('--no-allocation-site-pretenuring');
  // What V8 compiled in an earlier start of this version is read instead of compiled: a sixth of a start's CPU.
  nodeModule.enableCompileCache();
  await import(main.href);
}

/**
 * Ingest makes few objects that outlive a batch. V8's young generation begins with 1 MB, which is collected 440 times in a million events,
 * and left alone grows to 64 MB, which are only held. So it grows once, to 8 MB: V8 does when more than it holds has
 * outlived it.
 */
function growYoungGenerationOnce() {
  setFlagsFromString('--semi-space-growth-factor=8');
  Array.from({ length: 20_000 }, (_, at) => [at]);
  setFlagsFromString('--semi-space-growth-factor=1');
}
