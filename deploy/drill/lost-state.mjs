/** The states that detection kept are gone from the lake. It makes them again from the stream. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedLog } from '@gondola/broker-embedded';
import { missingFrom, same } from './table-lines.mjs';

export async function lostState({ line, shops, report }) {
  const { events, expected } = shops;
  const read = Math.floor(events.length * 0.8);
  await line.send(events.slice(0, read));
  await line.drain();
  const before = await line.signals();
  const published = signalsOnStream(line);
  report.atRisk([], 'stream');
  rmSync(join(line.lake, 'dev/_state/detect'), { recursive: true });

  const down = report.clock();
  const { code, answer } = await line.detect();
  report.check('detect does not start without its state', code === 1 && answer.code === 'lake_corrupt');
  report.noticedBy('detect ends: lake_corrupt');
  // With the table its positions go: all that the stream has is read again.
  renameSync(join(line.lake, 'dev/signals'), join(line.folder, 'signals-of-before'));
  await line.drain();
  report.recovered(down);
  const after = await line.signals();
  report.lost(missingFrom(after, before), 0);
  report.check('the same signals are made again', same(after, before));
  report.check('none is published twice', signalsOnStream(line) === published);
  await line.send(events.slice(read));
  await line.drain();
  report.check('detection goes on as if nothing had been', same(await line.signals(), expected.signals));
  report.proven(down);
}

function signalsOnStream(line) {
  const log = EmbeddedLog.open(line.streamFile);
  try {
    return log.ends(`signals-of-${line.stream}`).reduce((sum, { next }) => sum + next, 0);
  } finally {
    log.close();
  }
}
