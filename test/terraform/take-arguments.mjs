// Takes the arguments of the resources that deploy/terraform uses out of packages that were generated from the providers' own
// schemas, and prints them for provider-arguments.json. For whoever adds a resource or moves to another provider version:
//
//   npm pack @cdktn/provider-aws @cdktn/provider-azurerm     # 75 MB, so they are no dependency; unpack each to a folder
//   node test/terraform/take-arguments.mjs AWS_FOLDER AZURERM_FOLDER > test/terraform/provider-arguments.json
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../../deploy/terraform/', import.meta.url).pathname;
const [awsFolder, azurermFolder] = process.argv.slice(2);
const packages = { aws: awsFolder, azurerm: azurermFolder };

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Interfaces of a declaration file by name: their fields, each with its Terraform name, type, and whether it must be set. */
function interfacesOf(text) {
  const found = new Map();
  for (const [, name, body] of text.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)) {
    const fields = [];
    for (const [, comment, field, optional, type] of body.matchAll(
      /\/\*\*([\s\S]*?)\*\/\s+readonly (\w+)(\??): ([\s\S]*?);\n(?= {4}\/\*\*|$)/g,
    )) {
      const named = /#(\w+) \w+#/.exec(comment)?.[1] ?? snake(field);
      fields.push({ name: named, isBlock: / block\n/.test(comment), isRequired: optional === '', type });
    }
    found.set(name, fields);
  }
  return found;
}

function blockOf(interfaces, name) {
  const attributes = {};
  const blocks = {};
  for (const field of interfaces.get(name) ?? []) {
    if (field.isBlock) {
      const [inner] = [...field.type.matchAll(/\w+/g)].map(String).filter((word) => interfaces.has(word));
      const isList = /\[\]/.test(field.type);
      blocks[field.name] = { isRequired: field.isRequired, isList, ...blockOf(interfaces, inner) };
    } else attributes[field.name] = `${typeOf(field.type)}${field.isRequired ? '!' : ''}`;
  }
  return { attributes, blocks };
}

function typeOf(type) {
  if (/^\{\s*\[key: string\]/.test(type)) return /boolean/.test(type) ? 'map of boolean' : 'map of string';
  const plain = type.replace(/ \| cdktn\.IResolvable/g, '').trim();
  if (plain === 'string' || plain === 'number' || plain === 'boolean') return plain;
  if (plain === 'string[]' || plain === 'number[]') return `list of ${plain.slice(0, -2)}`;
  return 'any';
}

/** What can be read of a resource: getters of its class, the last one of the file. */
function readableOf(text) {
  const own = text.slice(text.lastIndexOf('export declare class'));
  return [...own.matchAll(/^ {4}get (\w+)\(\)/gm)]
    .map(([, name]) => snake(name))
    .filter((name) => !name.endsWith('_input'));
}

const used = new Set();
for (const file of readdirSync(ROOT, { recursive: true }).filter((path) => path.endsWith('.tf')))
  for (const [, kind, type] of readFileSync(join(ROOT, file), 'utf8').matchAll(/^(resource|data) "(\w+)"/gm))
    if (type !== 'terraform_data') used.add(kind === 'data' ? `data.${type}` : type);

const versions = {};
const types = {};
for (const type of [...used].sort()) {
  const [, isData, provider, rest] = /^(data\.)?(aws|azurerm)_(\w+)$/.exec(type) ?? [];
  const folder = `${isData ? `data-${provider}-` : ''}${rest.replaceAll('_', '-')}`;
  const path = join(packages[provider], 'package/lib', folder, 'index.d.ts');
  if (!existsSync(path)) throw new Error(`${type}: no ${path}`);
  const text = readFileSync(path, 'utf8');
  versions[provider] ??= /providers\/hashicorp\/\w+\/([\d.]+)\//.exec(text)?.[1];
  const interfaces = interfacesOf(text);
  // The one that the resource's own class takes, not one of its inner objects'.
  const config = [...interfaces.keys()].find((name) => new RegExp(`config\\??: ${name}\\b`).test(text));
  types[type] = { ...blockOf(interfaces, config), readable: readableOf(text) };
}
// A type on each line, for diffs.
const lines = Object.entries(types).map(
  ([type, known]) => `${JSON.stringify(type)}: ${JSON.stringify(known)}`,
);
console.log(`{\n"versions": ${JSON.stringify(versions)},\n"types": {\n${lines.join(',\n')}\n}\n}`);
