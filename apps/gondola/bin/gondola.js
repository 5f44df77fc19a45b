#!/usr/bin/env node
// Plain JavaScript that old Nodes understand: it says what is missing instead of failing on syntax.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `gondola needs Node 24 and runs on ${process.version}: call it with npx, which takes the one this project brings.\n`,
  );
  process.exitCode = 1;
} else if (!existsSync(main)) {
  process.stderr.write('gondola is not built yet: run npm run build\n');
  process.exitCode = 1;
} else {
  await import(main.href);
}
