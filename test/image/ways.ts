import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildImage, bundleInto, type Image } from './build.js';

/** Nobody: the user of the image. */
export const USER = 65_532;
const PID_MS_MAX = 30_000;

export interface Process {
  readonly child: ChildProcess;
  /** Of the service itself, whatever started it. */
  readonly pid: number;
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

/** A way of running the program as it ships. `start`: `folder` is there under its own name and can be written. */
export interface Way {
  readonly image: Image | null;
  start(args: readonly string[], folder: string): Promise<Process>;
}

/** The bundle in a folder that cannot be written, run by a user who may do nothing. Needs nothing but a root who hands over. */
export function unprivilegedCopy(home: string): Way {
  const app = join(home, 'app');
  bundleInto(app);
  // The Node of a checkout may lie where only its owner may look.
  const node = join(home, 'node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  chmodSync(home, 0o755);
  protect(app);
  const isRoot = process.getuid?.() === 0;
  const hand = isRoot
    ? [
        'setpriv',
        `--reuid=${USER}`,
        `--regid=${USER}`,
        '--clear-groups',
        '--no-new-privs',
        '--bounding-set=-all',
      ]
    : [];
  return {
    image: null,
    async start(args, folder) {
      const [command = node, ...rest] = [...hand, node, join(app, 'gondola.mjs'), ...args];
      const child = spawn(command, rest, { cwd: folder, env: { HOME: folder, PATH: process.env['PATH'] } });
      return { ...listenTo(child), pid: child.pid ?? 0 };
    },
  };
}

function protect(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
  chmodSync(path, 0o555);
}

/** The image in a container: root read-only, /tmp in memory, no capability, the network of this machine. */
export function container(home: string): Way {
  const app = join(home, 'app');
  bundleInto(app);
  const image = buildImage(home, app);
  let started = 0;
  return {
    image,
    async start(args, folder) {
      const name = `gondola-${process.pid}-${started++}`;
      const bundle = join(home, name);
      mkdirSync(bundle);
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(specOf(image, args, folder)));
      const pidFile = join(bundle, 'pid');
      const own = ['--root', join(home, 'runc')];
      const child = spawn('runc', [...own, 'run', '--bundle', bundle, '--pid-file', pidFile, name]);
      const heard = listenTo(child);
      const endMs = performance.now() + PID_MS_MAX;
      while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') {
        if (performance.now() > endMs || child.exitCode !== null)
          throw new Error(`it does not start: ${heard.output()}`);
        await sleep(20);
      }
      return { ...heard, pid: Number(readFileSync(pidFile, 'utf8')) };
    },
  };
}

/** What a kubelet makes of the image and of the chart's security context. */
function specOf({ config, tree }: Image, args: readonly string[], folder: string): object {
  const [uid, gid] = config.User.split(':').map(Number);
  const mount = (destination: string, type: string, options: string[], source = type) => ({
    ...{ destination, type, source, options },
  });
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid, gid },
      args: [...config.Entrypoint, ...args],
      env: config.Env,
      cwd: config.WorkingDir,
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: tree, readonly: true },
    mounts: [
      mount('/proc', 'proc', []),
      mount('/dev', 'tmpfs', ['nosuid', 'mode=755', 'size=65536k']),
      mount('/tmp', 'tmpfs', ['nosuid', 'nodev', 'mode=1777']),
      mount(folder, 'bind', ['rbind', 'rw'], folder),
    ],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      maskedPaths: ['/proc/kcore', '/proc/keys'],
      readonlyPaths: ['/proc/sys'],
    },
  };
}

function listenTo(child: ChildProcess): Omit<Process, 'pid'> {
  let said = '';
  child.stdout?.on('data', (part: Buffer) => (said += part.toString()));
  child.stderr?.on('data', (part: Buffer) => (said += part.toString()));
  const exitCode = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { child, output: () => said, exitCode };
}
