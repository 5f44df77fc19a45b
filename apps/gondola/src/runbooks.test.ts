import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { METRICS, type MetricSpec } from '@gondola/telemetry';
import { COMMANDS } from './commands.js';

const ROOT = join(import.meta.dirname, '../../..');
const pages = globSync('deploy/{runbooks,release,drill,cost,monitoring}/**/*.md', { cwd: ROOT }).sort();
/** Pages of people who do not look after a line that runs: their words are not all of this repository. */
const otherPages = globSync(
  [
    '*.md',
    '{apps,libs}/*/*.md',
    'schemas/*.md',
    '{helm,deploy}/*.md',
    '{helm/gondola,deploy/image,deploy/terraform}/*.md',
  ],
  { cwd: ROOT },
).sort();
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Commands as people would copy them: of a line that is indented, or between backticks. */
function commandsIn(text: string): string[] {
  const whole = text.split('\n').flatMap((line) => /^ {4}npx gondola (.*)$/.exec(line)?.[1] ?? []);
  const inline = [...text.matchAll(/`npx gondola ([^`]+)`/g)].map(([, words]) => words);
  const commands = [...whole, ...inline].map((words) => words.replace(/ #.*$/, '').trim());
  // Of all commands at once.
  return commands.filter((words) => !/^(help|<command>)/.test(words));
}

/** What is wrong with a command; null: nothing. */
async function faultOf(words: string): Promise<string | null> {
  const [name, ...args] = words.split(/\s+/);
  const command = await COMMANDS[name]?.();
  if (!command) return `there is no command ${name}`;
  const options = { ...command.options, json: { type: 'boolean' } } as const;
  try {
    const { positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    // Those that take a verb say which there are in their usage.
    const [list = ''] =
      /^[a-z]+(?: ?\| ?[a-z]+)+|^new\b/.exec(command.usage.replaceAll(/ [A-Z]+(?= \|| {2})/g, '')) ?? [];
    const verbs = list.split('|').map((verb) => verb.trim());
    const verb = positionals.at(0);
    return list !== '' && verb !== undefined && !verbs.includes(verb) ? `${name} does not ${verb}` : null;
  } catch (error) {
    return String(error);
  }
}

/** As GitHub makes them. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

it('there are pages with commands, links and metrics in them', () => {
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.flatMap((page) => commandsIn(read(page))).length).toBeGreaterThan(40);
});

describe.each([...pages, ...otherPages])('%s', (page) => {
  const text = read(page);

  it('has commands that there are, with options that they take', async () => {
    for (const words of commandsIn(text)) expect([words, await faultOf(words)]).toEqual([words, null]);
  });

  it('has links that lead somewhere', () => {
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path, anchor] = link.split('#');
      const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
      expect([link, existsSync(target)]).toEqual([link, true]);
      if (anchor) expect(anchorsOf(readFileSync(target, 'utf8'))).toContain(anchor);
    }
  });
});

it('CONTRIBUTING.md lists every decision note', () => {
  const notes = globSync('{apps,libs,deploy,helm}/**/decisions/*.md', {
    cwd: ROOT,
    exclude: (name) => name === 'node_modules',
  });
  const listed = [...read('CONTRIBUTING.md').matchAll(/^\| \[\d{4}\]\(([^)]+)\)/gm)].map(([, path]) => path);
  expect(listed.sort()).toEqual(notes.sort());
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('names files that there are', () => {
    for (const [path] of text.matchAll(/\b(?:deploy|test|helm)\/[\w./-]*\w\.\w+/g))
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
  });

  it('names metrics that there are', () => {
    const known = new Set(Object.values<MetricSpec>(METRICS).map(({ name }) => name));
    for (const [name] of text.matchAll(/\bgondola_(?!positions\b)[a-z_]*[a-z](?![\w*])/g))
      expect([name, known.has(name.replace(/_(?:bucket|count|sum)$/, '')) || known.has(name)]).toEqual([
        name,
        true,
      ]);
  });

  it('names fields of configuration that there are', () => {
    const references = globSync('deploy/config/*.reference.yaml', { cwd: ROOT }).map(read).join('\n');
    for (const [, field] of text.matchAll(/`([a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)+)(?:: [^`]*)?`/g)) {
      // Files, and subjects of contracts.
      if (field.startsWith('retail.') || /\.(?:md|mjs|ts|yaml|yml|json|jsonl|sh|txt)$/.test(field)) continue;
      const [section, ...rest] = field.split('.');
      const names = [...new Set([section, ...rest])].filter(
        (name) => !new RegExp(`\\b${name}:`).test(references),
      );
      expect([field, names]).toEqual([field, []]);
    }
  });
});

it.each([
  ['replayy PATH', 'there is no command replayy'],
  ['compact --lake LAKE --enviroment ENV', "Unknown option '--enviroment'"],
  ['models promot HASH', 'models does not promot'],
])('finds a fault: %s', async (words, fault) => {
  expect(await faultOf(words)).toContain(fault);
});
