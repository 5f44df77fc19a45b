/**
 * npm run drill -- [--only NAME] [--days N] [--json]
 *
 * Destroys parts of a line on the embedded set-up and brings them back by the steps of deploy/runbooks/disaster-recovery.md, with the
 * commands that people have. Prints what was lost, or would have been (RPO), and how long it took (RTO); exits 1 when an expectation was
 * missed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSimulation } from '@gondola/simulate';
import { damagedTable } from './damaged-table.mjs';
import { Line } from './line.mjs';
import { lostBroker } from './lost-broker.mjs';
import { lostLake } from './lost-lake.mjs';
import { lostState } from './lost-state.mjs';
import { Report } from './report.mjs';

const CASES = {
  'lost-broker': lostBroker,
  'lost-lake': lostLake,
  'damaged-table': damagedTable,
  'lost-state': lostState,
};
const START_MS = Date.UTC(2026, 9, 1);
const DAY_MS = 86_400_000;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    days: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
});
const names = Object.keys(CASES).filter((name) => [undefined, name].includes(values.only));
if (names.length === 0 || !(Number(values.days) >= 4)) {
  console.error(`npm run drill -- [--only ${Object.keys(CASES).join('|')}] [--days N, at least 4] [--json]`);
  process.exit(64);
}

const folder = mkdtempSync(join(tmpdir(), 'gondola-drill-'));
try {
  const shops = await calmDays(Number(values.days));
  const reports = [];
  for (const name of names) {
    const report = new Report(name);
    await CASES[name]({ line: new Line(join(folder, name)), shops, report });
    reports.push(report);
  }
  if (values.json) console.log(JSON.stringify({ drill: reports, ok: reports.every(({ ok }) => ok) }));
  else print(shops.events.length, reports);
  process.exitCode = reports.every(({ ok }) => ok) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Made-up shops, and what a line makes of their events when nothing happens. */
async function calmDays(days) {
  const shops = createSimulation({
    ...{ seed: 3, stores: 6, items: 40, startMs: START_MS, timeZone: 'America/Bogota' },
  });
  const { events } = shops.advanceTo(START_MS + days * DAY_MS);
  const calm = new Line(join(folder, 'calm'));
  await calm.send(events);
  await calm.drain();
  return {
    events,
    expected: { silver: await calm.silver({ withPlace: false }), signals: await calm.signals() },
  };
}

function print(events, reports) {
  console.log(`${events} events of six shops\n`);
  const heads = [
    'case',
    'rows lost',
    'at risk: events',
    'of seconds',
    'held by',
    'back after, s',
    'proven after, s',
  ];
  const names = ['rowsLost', 'atRiskEvents', 'atRiskSeconds', 'heldBy', 'recoverySeconds', 'provenSeconds'];
  const rows = reports.map(({ name, figures }) => [name, ...names.map((figure) => String(figures[figure]))]);
  for (const row of [heads, heads.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
  console.log();
  for (const { name, figures, checks } of reports) {
    console.log(`${name}: noticed by ${figures.noticedBy}`);
    for (const { what, ok } of checks) console.log(`${name}: ${ok ? 'ok    ' : 'MISSED'} ${what}`);
  }
}
