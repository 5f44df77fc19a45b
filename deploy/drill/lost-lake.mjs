/**
 * The region of the lake is gone. Its copy elsewhere is of a while ago (that all its objects are of before one moment is what the
 * runbook sees to); what came since is in the stream.
 */
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedLog } from '@gondola/broker-embedded';
import { must } from './line.mjs';
import { missingFrom, same } from './table-lines.mjs';

export async function lostLake({ line, shops, report }) {
  const { events, expected } = shops;
  const [copied, lost] = [at(events, 0.5), at(events, 0.75)];
  const copy = join(line.folder, 'copy-of-the-lake');
  await line.send(events.slice(0, copied));
  await line.drain();
  cpSync(line.lake, copy, { recursive: true });
  await line.send(events.slice(copied, lost));
  await line.drain();
  const before = { silver: await line.silver({ withPlace: true }), signals: await line.signals() };
  report.atRisk(events.slice(copied, lost), 'stream');
  renameSync(line.lake, join(line.folder, 'lost'));
  report.noticedBy('LakeUnreachable; commands find no tables');

  const down = report.clock();
  report.check('without a lake reconcile does not say ok', (await line.reconcile()).code === 1);
  cpSync(copy, line.lake, { recursive: true });
  await line.drain();
  report.recovered(down);
  const after = { silver: await line.silver({ withPlace: true }), signals: await line.signals() };
  report.lost(missingFrom(after.silver, before.silver), 0);
  report.check(
    'silver is what it was, row for row and position for position',
    same(after.silver, before.silver),
  );
  report.check('signals are what they were', same(after.signals, before.signals));
  must(await line.reconcile());
  report.proven(down);

  await line.send(events.slice(lost));
  await line.drain();
  report.check(
    'the line goes on as if nothing had been',
    same(await line.silver({ withPlace: false }), expected.silver),
  );
  report.check('so do signals', same(await line.signals(), expected.signals));
  await refusedWhenForgotten(line, copy, report);
}

/** The other end: the stream kept less than the copy is old. */
async function refusedWhenForgotten(line, copy, report) {
  renameSync(line.lake, join(line.folder, 'lost-again'));
  cpSync(copy, line.lake, { recursive: true });
  const log = EmbeddedLog.open(line.streamFile);
  log.trim(line.stream, Infinity);
  log.close();
  const { code, answer } = await line.ingest();
  report.check(
    'a stream that forgot what the copy lacks is refused',
    code === 1 && answer.code === 'position_gap',
  );
}

const at = (events, share) => Math.floor(events.length * share);
