/**
 * npm run cost [-- --from DIR] [--print | --json]
 *
 * Writes deploy/cost/README.md from figures.yaml (measured), assumptions.yaml and prices.yaml beside it, or of DIR. With --print it only
 * shows the page, with --json the numbers.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { costOf } from './model.mjs';

const SIZES = [100, 1_000, 10_000];
const PARTS = ['compute', 'stream', 'requests', 'tables', 'snapshots'];

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: import.meta.dirname },
    print: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const read = (name) => parse(readFileSync(join(values.from, `${name}.yaml`), 'utf8'));
const clouds = read('prices');
const measured = read('figures');
const assumed = read('assumptions');
const figures = Object.fromEntries(Object.entries(measured).map(([name, { value }]) => [name, value]));

if (values.json)
  console.log(
    JSON.stringify(Object.fromEntries(Object.keys(clouds).map((cloud) => [cloud, columnsOf(cloud)]))),
  );
else {
  const page = `${[introduction(), ...Object.keys(clouds).map(sheetOf), inputs()].join('\n\n')}\n`;
  if (values.print) process.stdout.write(page);
  else writeFileSync(join(import.meta.dirname, 'README.md'), page);
}

function columnsOf(cloud) {
  return SIZES.map((stores) => costOf(stores, { figures, assumed, prices: clouds[cloud] }));
}

function introduction() {
  return `# What a line costs

Made by \`npm run cost\` of what was measured ([figures.yaml](figures.yaml)), what is assumed of a chain ([assumptions.yaml](assumptions.yaml)) and list
prices ([prices.yaml](prices.yaml)). **Prices are not looked up by anything**: each says when somebody did, most say that nobody has. Change the two
last files to your chain, region and contract, and run it again. Dollars a month.

Not in it: people, the network out of the cloud, Prometheus and logs, a second region, what analysts' engines read and compute, dev and qa,
and tables that are small beside bronze and silver.`;
}

function sheetOf(cloud) {
  const { region } = clouds[cloud];
  const columns = columnsOf(cloud);
  const head = ['', ...columns.map(({ stores }) => `${count(stores)} stores`)];
  const rows = [
    ['million events', ...columns.map(({ millions }) => count(millions))],
    ...PARTS.map((part) => [part, ...columns.map(({ dollars }) => count(dollars[part]))]),
    ['**all**', ...columns.map(({ total }) => `**${count(total)}**`)],
    ['**per million events**', ...columns.map(({ perMillion }) => `**${exact(perMillion)}**`)],
    [
      '**per thousand stores**',
      ...columns.map(({ total, stores }) => `**${count((total / stores) * 1_000)}**`),
    ],
  ];
  return `## ${cloud}, ${region}\n\n${table(head, rows)}`;
}

function inputs() {
  const amounts = columnsOf('aws').map((column) => column.amounts);
  const names = Object.keys(amounts[0]);
  const rows = names.map((name) => [name, ...amounts.map((one) => count(one[name]))]);
  const prices = Object.entries(clouds).flatMap(([cloud, all]) =>
    Object.entries(all)
      .filter(([name]) => name !== 'region')
      .map(([name, { usd, of, seen }]) => [cloud, name, String(usd), of, seen]),
  );
  return `## What is paid for

${table(['a month', ...SIZES.map((stores) => `${count(stores)} stores`)], rows)}

- **Small chains pay for being there**: least instances, shards and a commit every few seconds cost the same for 10 stores as for 100. Fewer
  instances, or \`flush.ageMsMax\` of 30 s in ingest, where rows may come later: a sixth of its requests.
- **Snapshots in a bucket with versioning** stay for as long as old versions are kept: each is ${figures.snapshotBytesPerShelf} bytes a shelf. A lifecycle rule of a day or
  two for \`_state\` takes most of that row away; an hour and more between them (\`snapshot.ageMsMax\`) makes a restart read longer.
- Producers that write to the stream themselves need no collector: it is the dearest step of an event.

## Prices

${table(['cloud', 'name', 'USD', 'of', 'seen'], prices)}`;
}

function table(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

function count(value) {
  return Math.round(value).toLocaleString('en-US');
}

function exact(value) {
  return value.toFixed(2);
}
