/** Bytes of silver are not what was written: in a data file, in its length, and in the log. All of it is in bronze. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './line.mjs';
import { missingFrom, same } from './table-lines.mjs';

const TABLE = 'dev/silver/retail.pos.transaction';

export async function damagedTable({ line, shops, report }) {
  await line.send(shops.events);
  await line.drain();
  const before = await line.silver({ withPlace: true });
  const table = join(line.lake, TABLE);
  const [file] = readdirSync(table, { recursive: true }).filter((name) => name.endsWith('.parquet'));

  report.atRisk([], 'bronze');
  change(join(table, file), (bytes) => flipped(bytes));
  const found = await line.reconcile();
  report.check('reconcile finds changed bytes', found.code === 1);
  // Counts and positions are in the log, which is whole.
  report.check('reconcile --quick does not', (await line.reconcile(['--quick'])).code === 0);
  change(join(table, file), (bytes) => bytes.subarray(0, bytes.length >> 1));
  const cut = await line.reconcile();
  report.check('reconcile names a file that was cut off', cut.code === 1 && cut.said.includes(file));
  report.noticedBy('reconcile, each night: exit 1; readers');

  const down = report.clock();
  renameSync(join(table, file), join(line.folder, 'cut.parquet'));
  must(await line.rebuild());
  report.check('rebuild mends data files', same(await line.silver({ withPlace: true }), before));

  const log = join(table, '_delta_log');
  const newest = readdirSync(log)
    .filter((name) => /^\d+\.json$/.test(name))
    .sort()
    .at(-1);
  change(join(log, newest), (bytes) => bytes.subarray(0, bytes.length >> 1));
  for (const command of [() => line.ingest(), () => line.reconcile()]) {
    const { code, answer } = await command();
    report.check(
      'a damaged log stops ingest and reconcile by name',
      code === 1 && answer.message.includes(newest),
    );
  }
  // Away with the table: it is a function of bronze.
  renameSync(table, join(line.folder, 'damaged-table'));
  must(await line.rebuild());
  await line.drain();
  report.recovered(down);
  const after = await line.silver({ withPlace: true });
  report.lost(missingFrom(after, before), 0);
  report.check('silver is what it was, row for row', same(after, before));
  must(await line.reconcile());
  report.proven(down);
}

function change(path, how) {
  writeFileSync(path, how(readFileSync(path)));
}

function flipped(bytes) {
  const changed = Buffer.from(bytes);
  const middle = changed.length >> 1;
  for (let at = middle; at < middle + 32; at++) changed[at] ^= 0xff;
  return changed;
}
