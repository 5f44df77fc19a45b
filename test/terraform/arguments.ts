import { readFileSync } from 'node:fs';
import { bodiesOf, isBody, textsIn, type Block, type Body, type Tree, type Value } from './tree.js';
import type { Rule } from './rule.js';

/** Of a provider's schema: a type, with `!` behind it where the argument must be set. */
interface Arguments {
  readonly attributes: Readonly<Record<string, string>>;
  readonly blocks: Readonly<
    Record<string, Arguments & { readonly isRequired: boolean; readonly isList: boolean }>
  >;
}

interface ProviderFile {
  /** Of the providers whose schemas these are. */
  readonly versions: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Arguments & { readonly readable: readonly string[] }>>;
}

/** Made by take-arguments.mjs. */
const PROVIDERS = JSON.parse(
  readFileSync(new URL('provider-arguments.json', import.meta.url), 'utf8'),
) as ProviderFile;

/** Those that Terraform itself gives meaning to in every resource. */
const META = new Set(['for_each', 'count', 'depends_on', 'lifecycle', 'provider', 'dynamic']);

const keyOf = (kind: 'resource' | 'data', { type }: Block) => (kind === 'data' ? `data.${type}` : type);

/** Blocks that are written here, each with the body it has; those that a `dynamic` makes too. */
function blocksOf(body: Body, known: Arguments): [string, Body][] {
  const plain = Object.entries(body).filter(([name]) => name in known.blocks);
  const made = bodiesOf(body['dynamic']).flatMap((dynamic) =>
    Object.entries(dynamic).flatMap(([name, each]) =>
      bodiesOf(each).flatMap(({ content }) =>
        bodiesOf(content).map((inner): [string, Body] => [name, inner]),
      ),
    ),
  );
  return [
    ...plain.flatMap(([name, value]) => bodiesOf(value).map((inner): [string, Body] => [name, inner])),
    ...made,
  ];
}

function faultsOf(body: Body, known: Arguments, where: string): string[] {
  const blocks = blocksOf(body, known);
  const written = new Set([...Object.keys(body), ...blocks.map(([name]) => name)]);
  const unknown = [...written].filter(
    (name) => !META.has(name) && !(name in known.attributes) && !(name in known.blocks),
  );
  const missing = [
    ...Object.entries(known.attributes).filter(([, type]) => type.endsWith('!')),
    ...Object.entries(known.blocks).filter(([, { isRequired }]) => isRequired),
  ].filter(([name]) => !written.has(name));
  const single = Object.entries(known.blocks).filter(
    ([name, { isList }]) => !isList && bodiesOf(body[name] ?? null).length > 1,
  );
  const empty = bodiesOf(body['dynamic']).flatMap((dynamic) =>
    Object.entries(dynamic).filter(([, made]) => bodiesOf(made).some((one) => !('content' in one))),
  );
  return [
    ...empty.map(([name]) => `${where}: dynamic ${name} has no content`),
    ...unknown.map((name) => `${where}: ${name} is not known`),
    ...missing.map(([name]) => `${where}: ${name} is missing`),
    ...single.map(([name]) => `${where}: ${name} may stand once`),
    ...Object.entries(known.attributes).flatMap(([name, type]) =>
      typeFault(body[name], type, `${where}: ${name}`),
    ),
    ...blocks.flatMap(([name, inner]) => {
      const block = known.blocks[name];
      return block ? faultsOf(inner, block, `${where}.${name}`) : [];
    }),
  ];
}

/** Of what is written out; what an expression gives is only known to Terraform. */
function typeFault(value: Value | undefined, type: string, where: string): string[] {
  const plain = type.replace('!', '');
  const isExpression = typeof value === 'string' && value.includes('${');
  if (value === undefined || value === null || isExpression || plain === 'any') return [];
  const isRight = plain.startsWith('list of ')
    ? Array.isArray(value)
    : plain.startsWith('map of ')
      ? isBody(value)
      : typeof value === plain || (plain === 'string' && typeof value === 'number');
  return isRight ? [] : [`${where} must be ${plain}`];
}

const REFERENCE = /(?<![\w.])(data\.)?((?:aws|azurerm)_\w+)\.(\w+)(?:\[[^\]]*\])?\.(\w+)/g;

/** References to resources: that there is such a one in the folder, and that it has what is asked for. */
function referenceFaults(tree: Tree): string[] {
  const all = [...tree.resources, ...tree.data, ...tree.outputs, ...tree.locals, ...tree.calls];
  return all.flatMap((block) =>
    textsIn(block.body).flatMap(({ text }) =>
      [...text.matchAll(REFERENCE)].flatMap(([whole, isData, type = '', name = '', field = '']) => {
        const known = PROVIDERS.types[`${isData ?? ''}${type}`];
        const isThere = (isData ? tree.data : tree.resources).some(
          (other) => other.folder === block.folder && other.type === type && other.name === name,
        );
        if (!isThere) return [`${block.at}: ${whole}: there is no such one`];
        const has =
          known &&
          [...known.readable, ...Object.keys(known.attributes), ...Object.keys(known.blocks)].includes(field);
        return has ? [] : [`${block.at}: ${whole}: it has no ${field}`];
      }),
    ),
  );
}

export const ARGUMENTS: readonly Rule[] = [
  {
    name: 'every argument is one that the provider knows, and none that it wants is missing',
    check: (tree) =>
      (['resource', 'data'] as const).flatMap((kind) =>
        (kind === 'data' ? tree.data : tree.resources).flatMap((block) => {
          const known = PROVIDERS.types[keyOf(kind, block)];
          if (!known) return [`${block.at}: not in provider-arguments.json: run take-arguments.mjs`];
          return faultsOf(block.body, known, block.at);
        }),
      ),
  },
  { name: 'every reference is to something that is there and has it', check: referenceFaults },
  {
    name: 'Azure: everything that can carry tags carries those of the naming module',
    check: (tree) =>
      tree.resources
        .filter(
          ({ type }) => type.startsWith('azurerm_') && 'tags' in (PROVIDERS.types[type]?.attributes ?? {}),
        )
        .filter(({ body }) => !['${var.tags}', '${module.naming.tags}'].includes(String(body['tags'])))
        .map(({ at }) => `${at}: no tags`),
  },
  {
    name: 'provider-arguments.json has what is used and nothing else',
    check: (tree) => {
      const used = new Set([
        ...tree.resources.map((block) => keyOf('resource', block)),
        ...tree.data.map((block) => keyOf('data', block)),
      ]);
      return Object.keys(PROVIDERS.types).filter((type) => !used.has(type));
    },
  },
];
