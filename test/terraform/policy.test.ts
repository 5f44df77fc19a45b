import { ARGUMENTS } from './arguments.js';
import { FAULTS } from './faults.js';
import { FOLDERS } from './folders.js';
import { ORDER } from './order.js';
import { PROTECTION } from './protection.js';
import { RIGHTS } from './rights.js';
import { parseTree, readFiles, type Tree } from './tree.js';

const RULES = [...RIGHTS, ...PROTECTION, ...ORDER, ...ARGUMENTS, ...FOLDERS];
const files = readFiles('.tf');
let tree: Tree;

beforeAll(async () => {
  tree = await parseTree(files);
});

describe('deploy/terraform keeps its promises', () => {
  it.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (_name, { check }) => {
    expect(check(tree)).toEqual([]);
  });

  it('is looked at as a whole', () => {
    const folders = new Set(tree.resources.map(({ folder }) => folder));
    for (const cloud of ['aws', 'azure'])
      for (const module of ['ingestion', 'lake', 'security', 'observability'])
        expect(folders).toContain(`${cloud}/modules/${module}`);
    expect(tree.resources.length).toBeGreaterThan(50);
  });
});

describe('planted faults', () => {
  it.each(FAULTS)('%s: %s: %s -> %s', async (name, file, from, to) => {
    const text = files.get(file) ?? '';
    expect(text).toContain(from);
    const planted = await parseTree(
      new Map(files).set(
        file,
        text.replace(from, () => to),
      ),
    );
    const rule = RULES.find((one) => one.name === name);
    expect(rule?.check(planted)).not.toEqual([]);
  });

  it('are of every rule', () => {
    const planted = new Set(FAULTS.map(([name]) => name));
    expect(RULES.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });

  it('are told by the parser where the text is no HCL', async () => {
    await expect(parseTree(new Map([['aws/broken.tf', 'resource "aws_s3_bucket" {{']]))).rejects.toThrow(
      /broken|brace|block/i,
    );
  });
});
