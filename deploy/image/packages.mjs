// Which packages a bundle is made of.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The packages, of others and our own, that a line of code in `chunks` comes from, sorted: their `id`, such as `yaml@2.9.1`, and the
 * `folder` they are in. What was left out of the bundle is not in the list.
 */
export function packagesOf(chunks, root) {
  const found = new Map();
  for (const { modules } of chunks)
    for (const [file, { renderedLength }] of Object.entries(modules)) {
      if (renderedLength === 0 || !file.startsWith(root)) continue;
      const one = packageOf(file);
      found.set(one.id, one);
    }
  return [...found.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
}

/** A package.json without a name says how a folder of its package is read, and no more. */
function packageOf(file) {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const about = join(folder, 'package.json');
    if (!existsSync(about)) continue;
    const { name, version, license } = JSON.parse(readFileSync(about, 'utf8'));
    if (name && version) return { id: `${name}@${version}`, name, version, license, folder };
  }
  throw new Error(`${file} is of no package`);
}

/** The licences of what is others', which go where their code goes; one that many have is there once. */
export function licencesOf(packages) {
  const texts = new Map();
  for (const { id, name, license, folder } of packages) {
    if (name.startsWith('@gondola/')) continue;
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    texts.set(text, [...(texts.get(text) ?? []), `${id} (${license})`]);
  }
  const line = '='.repeat(80);
  return [...texts].map(([text, ids]) => `${line}\n${ids.join('\n')}\n\n${text}\n`).join('\n');
}
