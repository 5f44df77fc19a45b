import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../run-gondola.js';

const inPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

/** Why no image can be built and run here; null where it can. */
export function whyNoImage(): string | null {
  const missing = ['buildah', 'mmdebstrap', 'runc'].filter((program) => !inPath(program));
  if (missing.length > 0) return `no ${missing.join(', ')}: apt-get install ${missing.join(' ')}`;
  return process.getuid?.() === 0 ? null : 'only root can make its base and run it without a daemon';
}

/** `npm run bundle` into a folder of the suite's own. */
export function bundleInto(app: string, env: NodeJS.ProcessEnv = {}): void {
  const args = [join(ROOT, 'deploy/image/bundle.mjs'), app];
  execFileSync(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
}

/** What an image says of itself, as OCI's image specification names it. */
interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface Image {
  readonly config: ImageConfig;
  /** Its files, those of its base too. */
  readonly tree: string;
  /** Of each layer, unpacked and as a registry holds it, the base's first. */
  readonly layers: readonly { readonly bytes: number; readonly packedBytes: number }[];
}

/** Builds the Dockerfile's `service` from a bundle, as deploy/image/build.sh does where there is no registry, all of it in `folder`. */
export function buildImage(folder: string, app: string): Image {
  const layout = join(folder, 'layout');
  const roots = [
    '--storage-driver',
    'vfs',
    '--root',
    join(folder, 'storage'),
    '--runroot',
    join(folder, 'run'),
  ];
  execFileSync(join(ROOT, 'deploy/image/build.sh'), ['service', 'localhost/gondola:test', layout], {
    env: { ...process.env, BASE: 'debian', APP: app, BUILDAH: ['buildah', ...roots].join(' ') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const blob = (digest: string) => join(layout, 'blobs', digest.replace(':', '/'));
  const read = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;
  type Pointer = { readonly digest: string; readonly size: number };
  const [pointer] = read<{ manifests: Pointer[] }>(join(layout, 'index.json')).manifests;
  const manifest = read<{ config: Pointer; layers: Pointer[] }>(blob(pointer?.digest ?? ''));
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  for (const { digest } of manifest.layers)
    execFileSync('tar', [
      '--extract',
      '--numeric-owner',
      '--gzip',
      '--file',
      blob(digest),
      '--directory',
      tree,
    ]);
  const layers = manifest.layers.map(({ digest, size }) => ({
    bytes: gunzipSync(readFileSync(blob(digest))).length,
    packedBytes: size,
  }));
  return { config: read<{ config: ImageConfig }>(blob(manifest.config.digest)).config, tree, layers };
}
