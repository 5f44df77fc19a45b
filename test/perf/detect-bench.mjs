/**
 * npm run bench -- detect [--only ledger,fold,...] [--panel FILE] [--out FILE]
 *
 * Every measure of detection, one bench after the other, each held against its limit; about 20 minutes on two quiet cores. `--panel`
 * (`../shared/data/frn_dev.parquet`) adds what is said of labelled shelves, on the training stores that no tree was grown on: the test
 * stores are scored by the commands in RESULTS.md alone. Prints a table; `--out` keeps what the benches said, as JSON.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { only: { type: 'string' }, panel: { type: 'string' }, out: { type: 'string' } },
});

const lastOf = (lines) => lines.at(-1);
/** A bench, its arguments, and what its lines of JSON must say: [what, value, limit], at most where the limit is `atMost`. */
const PARTS = [
  {
    name: 'ledger',
    measures: (lines) => {
      const one = lastOf(lines);
      return [
        ['average precision with a ledger', one.ap, { atLeast: 0.86 }],
        ['the same, of what the record denies', one.ap_phantom, { atLeast: 0.82 }],
        [
          'share of events found at 80 % precision',
          one.hours_at_precision_80?.event_recall,
          { atLeast: 0.7 },
        ],
        ['median hours until found', one.hours_at_precision_80?.median_delay_h, { atMost: 1 }],
        ['false signals a shelf and week', one.signals.false_alarms_per_shelf_week, { atMost: 0.5 }],
        ['signals raised of closed stores', one.blind?.closed.raised, { atMost: 0 }],
        ['signals raised of dead feeds', one.blind?.dead_feed.raised, { atMost: 0 }],
      ];
    },
  },
  {
    name: 'fold',
    measures: (lines) => {
      const items = lines.find((line) => line.of === 'items');
      return [
        ['lines of one shortage over 40 stores', items.lines_of_the_shortage.length, { atMost: 1 }],
        ['lines of items that lack nothing', items.lines_of_others, { atMost: 0 }],
      ];
    },
  },
  {
    name: 'engine',
    measures: (lines) => {
      const one = lastOf(lines);
      return [
        ['events a CPU-second, 200,000 shelves', one.events_per_s, { atLeast: 1_000_000 }],
        ['shelves rescored a CPU-second', one.rescored_shelves_per_s, { atLeast: 120_000 }],
        ['bytes a shelf with trees', one.bytes_per_shelf, { atMost: 500 }],
        ['bytes of the model file', one.model_bytes, { atMost: 2_000_000 }],
      ];
    },
  },
  {
    name: 'state',
    measures: (lines) => {
      const [smallest, largest] = [lines[0], lastOf(lines)];
      const flat = smallest.eventsPerCpuSecond / largest.eventsPerCpuSecond;
      return [
        [
          `events a CPU-second, ${largest.shelves} shelves`,
          largest.eventsPerCpuSecond,
          { atLeast: 1_000_000 },
        ],
        [`cost of an event against ${smallest.shelves} shelves, times`, flat, { atMost: 1.5 }],
        [
          'longest ms without an event',
          Math.max(...lines.map((line) => line.longestMsWithoutEvents)),
          { atMost: 50 },
        ],
        ['bytes a shelf, the filter alone', largest.bytesPerShelf, { atMost: 250 }],
      ];
    },
  },
  {
    name: 'recovery',
    measures: (lines) => [
      ['seconds until signals again, 1,000,000 shelves', lastOf(lines).signalSeconds, { atMost: 15 }],
    ],
  },
  {
    name: 'latency',
    measures: (lines) => [
      ['seconds Kafka to API at 20,000 events/s, median', lastOf(lines).sinceInKafka.p50, { atMost: 0.3 }],
      ['the same, 99 of 100', lastOf(lines).sinceInKafka.p99, { atMost: 1 }],
    ],
  },
  {
    name: 'signals-kafka',
    measures: (lines) => [
      [
        'CPU-seconds a million, Kafka Avro to signals',
        Math.min(...lines.map((line) => line.cpuSecondsPerMillion)),
        { atMost: 2 },
      ],
      [
        'events a second beside the broker',
        Math.max(...lines.map((line) => line.eventsPerSecond)),
        { atLeast: 120_000 },
      ],
    ],
  },
  ...(values.panel
    ? [
        {
          name: 'coming',
          args: [values.panel, '--known', 'both'],
          measures: (lines) =>
            lines
              .filter((line) => line.known !== 'sales')
              .map((line) => [
                `average precision, out within ${line.hours} h (training stores held out)`,
                line.ap,
                { atLeast: line.hours === 3 ? 0.35 : 0.46 },
              ]),
        },
      ]
    : []),
];

const only = values.only?.split(',');
const said = {};
const rows = [];
for (const { name, args = [], measures } of PARTS) {
  if (only && !only.includes(name)) continue;
  process.stderr.write(`${name} ...\n`);
  said[name] = await linesOf(name, args);
  for (const [what, value, limit] of measures(said[name]))
    rows.push({ bench: name, what, ...held(value, limit) });
}
if (values.out) writeFileSync(values.out, JSON.stringify(said, null, 1) + '\n');
console.table(rows);
console.log(
  JSON.stringify({
    bench: 'detect',
    measures: rows.length,
    missed: rows.filter(({ holds }) => !holds).length,
  }),
);

function held(value, { atLeast, atMost }) {
  const holds = atLeast !== undefined ? value >= atLeast : value <= atMost;
  return { measured: value, limit: atLeast !== undefined ? `>= ${atLeast}` : `<= ${atMost}`, holds };
}

/** What a bench said in JSON, in a process of its own; what it says of its progress goes on to the reader. */
function linesOf(name, args) {
  return new Promise((resolve, reject) => {
    const bench = join(import.meta.dirname, `${name}-bench.mjs`);
    const child = spawn(process.execPath, [bench, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (part) => (out += part));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code) return reject(new Error(`npm run bench -- ${name} ended with ${code}`));
      resolve(
        out
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line)),
      );
    });
  });
}
