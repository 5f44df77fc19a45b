// npm run bundle [-- FOLDER]: makes dist/app (or FOLDER), the program and nothing else, which runs by `node dist/app/gondola.mjs`. Laid
// out as the repository is, so that code finds the files that come with it where it does in a checkout. Its bill of materials is in
// it, and beside it as dist/app.cdx.json. With SOURCE_MAPS=1 it has source maps, to see where each line is from. Decision note 0046
// says why it is bundled.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { licencesOf, packagesOf } from './packages.mjs';
import { writeSbom } from './sbom.mjs';

const root = join(import.meta.dirname, '../..');
const app = resolve(process.argv[2] ?? join(root, 'dist/app'));
const program = join(app, 'apps/gondola');

/** Parts of NestJS and Fastify that it looks for and does without: none of them is installed. */
const NOT_INSTALLED = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nats-io/transport-node',
  '@nestjs/platform-express',
  '@nestjs/websockets/socket-module.js',
  'amqp-connection-manager',
  'class-transformer',
  'class-validator',
  'ioredis',
  'mqtt',
];

/** What is required late, so that few starts pay for it, is still to be found by the bundler. */
const lateRequires = {
  name: 'late-requires',
  transform: {
    filter: { id: /libs\/contract\/dist\//, code: /createRequire\(import\.meta\.url\)/ },
    // No line moves.
    handler: (code) => ({
      code: code
        .replace('const require = createRequire(import.meta.url);', '')
        .replace('createRequire(import.meta.url)(', 'require('),
      map: null,
    }),
  },
};

rmSync(app, { recursive: true, force: true });
const chunks = await bundle();
const packages = packagesOf(chunks, root);
copyFiles();
requireFilesBeside();
writeFileSync(join(app, 'LICENSES.txt'), licencesOf(packages));
await writeSbom({ root, packages, to: [join(app, 'sbom.cdx.json'), `${app}.cdx.json`] });
console.log(`${app}: ${packages.length} packages in ${chunks.length} files`);

async function bundle() {
  const complaints = [];
  const build = await rolldown({
    // The second is the file of a worker thread, which is started by its path.
    input: ['main', 'books-worker'].map((name) => join(root, `apps/gondola/dist/${name}.js`)),
    platform: 'node',
    plugins: [lateRequires],
    onLog: (_, { code, message }) => {
      if (code === 'UNRESOLVED_IMPORT' && NOT_INSTALLED.some((name) => message.includes(`'${name}'`))) return;
      complaints.push(message);
    },
  });
  const { output } = await build.write({
    dir: join(program, 'dist'),
    format: 'esm',
    keepNames: true,
    sourcemap: process.env.SOURCE_MAPS === '1',
    entryFileNames: '[name].js',
  });
  await build.close();
  // main.js waits for the command that it imports: one that needs main.js in turn would be waited for without end.
  for (const { fileName, imports } of output)
    if (imports?.includes('main.js')) complaints.push(`${fileName} imports main.js`);
  if (complaints.length > 0) throw new Error(`this would not run:\n${complaints.join('\n')}`);
  return output.filter(({ type }) => type === 'chunk');
}

function copyFiles() {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const about = `${JSON.stringify({ name, version, license, type: 'module' }, null, 2)}\n`;
  writeFileSync(join(app, 'package.json'), about);
  writeFileSync(join(program, 'package.json'), about);
  writeFileSync(join(app, 'gondola.mjs'), `import './apps/gondola/bin/gondola.js';\n`);
  copy('LICENSE');
  copy('apps/gondola/bin');
  copy('apps/gondola/models');
  copy('schemas');
  // What explanations quote.
  copy('deploy/runbooks');
  // The api looks for its board beside what it was bundled into.
  copy('apps/api/board', 'apps/gondola/board');
  mkdirSync(join(app, 'apps/trainer'), { recursive: true });
  copy('apps/trainer/grow.py');
  // What the client of Kafka checks and unpacks batches with.
  cpSync(join(folderOf('@platformatic/wasm-utils'), 'dist/native.wasm'), join(program, 'dist/native.wasm'));
}

function folderOf(name) {
  const found = packages.find((one) => one.name === name);
  if (!found) throw new Error(`${name} is not in the bundle any more`);
  return found.folder;
}

/** What a module reads from beside itself has to be beside the file that it was bundled into. */
function requireFilesBeside() {
  for (const { fileName, code } of chunks)
    for (const [, path] of code.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g))
      if (!existsSync(join(program, 'dist', path)))
        throw new Error(`${fileName} reads ${path}, which is not there`);
}

function copy(from, to = from) {
  cpSync(join(root, from), join(app, to), { recursive: true });
}
