/**
 * The broker is gone with what it had, some of it unread. A stream of another name takes its place, and tills send again what they
 * kept: more than was lost, so that the overlap has to be told from what is new.
 */
import { must } from './line.mjs';
import { missingFrom, same } from './table-lines.mjs';

/** Of the shops' time: what tills keep. Less than the window of dedupe. */
const KEPT_HOURS = 12;
const HOUR_MS = 3_600_000;

export async function lostBroker({ line, shops, report }) {
  const { events, expected } = shops;
  const [read, lost] = [at(events, 0.7), at(events, 0.73)];
  await line.send(events.slice(0, read));
  await line.drain();
  const before = await line.silver({ withPlace: false });
  await line.send(events.slice(read, lost));
  report.atRisk(events.slice(read, lost), 'tills');
  line.loseBroker();

  const down = report.clock();
  // The same name again, a little of which is there: positions of the tables mean other records now.
  await line.send(events.slice(lost, lost + 50));
  const [ingest, detect] = [await line.ingest(), await line.detect()];
  for (const { code, answer } of [ingest, detect])
    report.check(
      'a stream made anew under the old name is refused',
      code === 1 && answer.code === 'position_gap',
    );
  report.noticedBy('ingest and detect end: position_gap');

  line.loseBroker();
  Object.assign(line, { stream: 'events-2', continues: 'events' });
  const keptFromMs = events[lost - 1].timeMs - KEPT_HOURS * HOUR_MS;
  await line.send(events.filter(({ timeMs }, index) => index < lost && timeMs >= keptFromMs));
  await line.drain();
  report.recovered(down);

  const back = await line.silver({ withPlace: false });
  report.check('nothing that silver had is gone', missingFrom(back, before) === 0);
  await line.send(events.slice(lost));
  await line.drain();
  const rows = await line.silver({ withPlace: false });
  report.lost(missingFrom(rows, expected.silver), 0);
  report.check('what was sent again is in silver once', same(rows, expected.silver));
  report.check('signals are those of a line that lost nothing', same(...(await idsOf(line, expected))));
  must(await line.reconcile());
  report.proven(down);
}

const at = (events, share) => Math.floor(events.length * share);

/** Ids follow from shelves and times alone; receipts name the stream. */
async function idsOf(line, expected) {
  const ids = (rows) => rows.map((row) => /"signal_id":"([^"]+)"/.exec(row)[1]).sort();
  return [ids(await line.signals()), ids(expected.signals)];
}
