import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from '@cdktn/hcl2json';

/** A value as the parser gives it: expressions are texts such as `${var.names["lake"]}`, blocks are lists of bodies. */
export type Value = string | number | boolean | null | readonly Value[] | Body;
export interface Body {
  readonly [name: string]: Value;
}

/** A block with labels: `resource "aws_s3_bucket" "lake"`. */
export interface Block {
  /** Folder below deploy/terraform: `aws/modules/lake`. */
  readonly folder: string;
  readonly type: string;
  readonly name: string;
  /** For people: `aws/modules/lake aws_s3_bucket.lake`. */
  readonly at: string;
  readonly body: Body;
}

/** Everything below deploy/terraform, by kind of block. */
export interface Tree {
  readonly files: ReadonlyMap<string, string>;
  readonly resources: readonly Block[];
  readonly data: readonly Block[];
  readonly variables: readonly Block[];
  readonly outputs: readonly Block[];
  readonly calls: readonly Block[];
  readonly providers: readonly Block[];
  readonly settings: readonly Block[];
  readonly locals: readonly Block[];
}

export const ROOT = new URL('../../deploy/terraform/', import.meta.url).pathname;

/** Texts of all files with that ending, by their path below deploy/terraform. */
export function readFiles(ending: string): Map<string, string> {
  const paths = readdirSync(ROOT, { recursive: true, encoding: 'utf8' });
  const wanted = paths.filter((path) => path.endsWith(ending) && !path.includes('.terraform/')).sort();
  return new Map(wanted.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

const parsed = new Map<string, Promise<Body>>();

/** One text is parsed once: faults are planted in single files. Throws what the parser says of text that is not HCL. */
export function parseHcl(path: string, text: string): Promise<Body> {
  const key = `${path}\n${text}`;
  const known = parsed.get(key) ?? (parse(path, text) as Promise<Body>);
  parsed.set(key, known);
  return known;
}

export async function parseTree(files: ReadonlyMap<string, string>): Promise<Tree> {
  const bodies = await Promise.all(
    [...files].map(async ([path, text]) => ({ folder: dirname(path), body: await parseHcl(path, text) })),
  );
  const blocks = (kind: string, labels: 0 | 1 | 2): Block[] =>
    bodies.flatMap(({ folder, body }) => labelled(folder, kind, body[kind], labels));
  return {
    files,
    resources: blocks('resource', 2),
    data: blocks('data', 2),
    variables: blocks('variable', 1),
    outputs: blocks('output', 1),
    calls: blocks('module', 1),
    providers: blocks('provider', 1),
    settings: blocks('terraform', 0),
    locals: blocks('locals', 0),
  };
}

function labelled(folder: string, kind: string, value: Value | undefined, labels: 0 | 1 | 2): Block[] {
  if (value === undefined) return [];
  const make = (type: string, name: string, body: Body): Block => ({
    ...{ folder, type, name, body },
    at: `${folder} ${[kind === 'resource' || kind === 'module' ? '' : kind, type, name].filter(Boolean).join('.')}`,
  });
  if (labels === 0) return bodiesOf(value).map((body) => make('', '', body));
  return Object.entries(value as Body).flatMap(([type, inner]) =>
    labels === 1
      ? bodiesOf(inner).map((body) => make('', type, body))
      : Object.entries(inner as Body).flatMap(([name, each]) =>
          bodiesOf(each).map((body) => make(type, name, body)),
        ),
  );
}

export const isBody = (value: Value | undefined): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The bodies of a block that may come several times. */
export function bodiesOf(value: Value | undefined): readonly Body[] {
  if (Array.isArray(value)) return (value as readonly Value[]).filter(isBody);
  return isBody(value) ? [value] : [];
}

/** Blocks of that name within a body, those that a `dynamic` makes too. */
export function blocksIn(body: Body, name: string): readonly Body[] {
  const made = bodiesOf(body['dynamic']).flatMap((dynamic) => bodiesOf(dynamic[name]));
  return [...bodiesOf(body[name]), ...made.flatMap(({ content }) => bodiesOf(content))];
}

/** What stands at `a.b.c`, taking the first of each block; null when nothing does. */
export function at(body: Body, path: string): Value {
  let value: Value = body;
  for (const part of path.split('.')) {
    const inner: Body | undefined = isBody(value) ? value : bodiesOf(value)[0];
    const [found]: readonly (Value | undefined)[] = inner
      ? part in inner
        ? [inner[part]]
        : blocksIn(inner, part)
      : [];
    if (found === undefined) return null;
    value = found;
  }
  return value;
}

/** As one line, for patterns: what an expression says, whatever it is made of. */
export const textOf = (value: Value | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** Every text in a value with the names on the way to it. */
export function textsIn(
  value: Value,
  path: readonly string[] = [],
): { path: readonly string[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsIn(inner as Value, [...path, name]));
}
