import type { Rule } from './rule.js';
import { textOf, textsIn, type Tree } from './tree.js';

/** Folders of the lake that a service may write, and delete in, on AWS: of the environment, or those of tables in it. */
const WRITES: Readonly<Record<string, string>> = {
  'lake.ingest.write': 'bronze silver quarantine quality _schemas _gondola',
  'lake.detect.write': 'signals incidents _state _models _schemas _setup _gondola',
  replayed: 'silver quarantine _schemas _gondola',
  collector: '_schemas _gondola',
};
const DELETES: Readonly<Record<string, string>> = {
  'lake.ingest.delete': 'bronze silver quarantine quality',
  'lake.detect.delete': '_state signals incidents',
  api_deletes: 'silver quarantine',
};
/** Who has no reason to see records, which hold personal data. */
const READS: Readonly<Record<string, string>> = {
  'lake.detect.read': 'signals incidents _state _models _schemas _setup',
  collector: '_schemas',
};
const TABLES =
  /bronze|silver|quarantine|quality|signals|incidents|_state|_models|_schemas|_setup|_gondola(?=\/)/g;

/** What is said by that name: a local of processing or serving, or what a module of serving is given. */
function saidBy(tree: Tree, name: string, field: string): string {
  const texts = [
    ...tree.locals.filter(({ folder }) => /^aws\/modules\/(processing|serving)$/.test(folder)),
    ...tree.calls.filter((call) => call.folder === 'aws/modules/serving' && call.name === name),
  ].flatMap(({ body, name: of }) =>
    textsIn(body).filter(({ path }) => {
      const at = path.filter((step) => !/^\d+$/.test(step)).join('.');
      return of === name ? at === `lake.${field}` : at === name;
    }),
  );
  return texts.map(({ text }) => textOf(text)).join(' ');
}

function faults(tree: Tree, table: typeof WRITES, field: string): string[] {
  return Object.entries(table).flatMap(([name, folders]) => {
    const said = saidBy(tree, name, field);
    const found = [...new Set(said.match(TABLES))].sort().join(' ');
    const wanted = folders.split(' ').sort().join(' ');
    const isWhole = /\$\{local\.folder\}\/\*/.test(said);
    return found === wanted && !isWhole
      ? []
      : [`${name} may ${field} ${isWhole ? 'everything' : found}, not ${wanted}`];
  });
}

export const FOLDERS: readonly Rule[] = [
  {
    name: 'a service reads, writes and deletes in its own folders of the lake, and of others takes away logs alone',
    check: (tree) => [
      ...faults(tree, WRITES, 'write'),
      ...faults(tree, DELETES, 'delete'),
      ...faults(tree, READS, 'read'),
      ...['lake.ingest.delete', 'api_deletes']
        .filter((name) => !saidBy(tree, name, 'delete').includes('_delta_log/*'))
        .map((name) => `${name}: files of tables`),
    ],
  },
];
