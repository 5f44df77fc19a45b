// Installs what package-lock.json says when node_modules is not that: the first step of `npm start` and `npm test`.
// Runs on the Node of the machine, before anything is installed: plain JavaScript, nothing imported but Node.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';

const NODE_MAJOR_MIN = 20;
const installed = 'node_modules/.package-lock.json';

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  console.error(`Node ${NODE_MAJOR_MIN} or newer is needed to install; this is ${process.version}.`);
  process.exit(1);
}
const isCurrent =
  existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;
if (!isCurrent) {
  // npm would empty the folder that it leads to, which is another checkout's.
  if (lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(
      'node_modules is a link, and not what package-lock.json says: remove it, and run this again.',
    );
    process.exit(1);
  }
  console.error('Installing what package-lock.json names (about a minute) ...');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
