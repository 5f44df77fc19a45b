// Makes the folder of schemas that kubeconform reads: one file for each kind that stands alone.
//   node test/kubernetes/make-schemas.mjs FOLDER OUT
// FOLDER is that of one version in the Python package kubernetes-validate. kubeconform cannot follow its references from
// file to file (and only says that it found no schema), so what a kind needs is copied into the file of that kind.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const [folder, out] = process.argv.slice(2);
if (!folder || !out) throw new Error('make-schemas.mjs FOLDER OUT');

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const kinds = [...kubernetesKinds(folder), ...definedKinds(join(import.meta.dirname, 'crds'))];
for (const { group, version, kind, schema } of kinds) {
  const name = [group, version, kind].filter(Boolean).join('_').toLowerCase();
  writeFileSync(join(out, `${name}.json`), JSON.stringify(schema));
}
console.log(`${kinds.length} schemas in ${out}`);

function* kubernetesKinds(from) {
  const { $defs: definitions } = readJson(join(from, '_definitions.json'));
  for (const file of readdirSync(from).filter((name) => !name.startsWith('_'))) {
    const schema = readJson(join(from, file));
    delete schema.$id;
    const names = schema['x-kubernetes-group-version-kind'];
    // A part of a kind has none of these names, and what is in every group has one for each group.
    if (names?.length !== 1) continue;
    yield { ...names[0], schema: { ...localRefs(schema), $defs: neededBy(schema, definitions) } };
  }
}

function neededBy(schema, definitions) {
  const needed = {};
  const visit = (value) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"\$ref":"[^"]*#\/\$defs\/([^"]+)"/g)) {
      if (needed[name]) continue;
      needed[name] = localRefs(definitions[name]);
      visit(definitions[name]);
    }
  };
  visit(schema);
  return needed;
}

function localRefs(value) {
  return JSON.parse(JSON.stringify(value).replaceAll(/("\$ref":")[^"#]*#/g, '$1#'));
}

function* definedKinds(from) {
  for (const file of readdirSync(from).filter((name) => name.endsWith('.yaml'))) {
    const { spec } = parse(readFileSync(join(from, file), 'utf8'));
    for (const { name: version, schema } of spec.versions) {
      yield { group: spec.group, version, kind: spec.names.kind, schema: strict(schema.openAPIV3Schema) };
    }
  }
}

/** The API server drops fields that the definition does not know; here they are faults. */
function strict(value) {
  if (Array.isArray(value)) return value.map(strict);
  if (value === null || typeof value !== 'object') return value;
  const made = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, strict(part)]));
  const open = made['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in made;
  if (made.type === 'object' && made.properties && !open) made.additionalProperties = false;
  if (made.nullable === true && typeof made.type === 'string') made.type = [made.type, 'null'];
  return made;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
