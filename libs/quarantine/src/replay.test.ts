import { parseFilter } from './filter.js';
import { ChosenRows } from './replay.js';

const row = (position: bigint, replays = 0) => ({
  partition: '0',
  position,
  reason: 'rule_broken',
  subject: null,
  ingestMs: 0,
  replays,
});

describe('rows that are chosen', () => {
  it('are chosen again when their file is read again for what one step could not hold', () => {
    const rows = new ChosenRows({ filter: parseFilter({}), force: false });
    expect([rows.take(row(1n)), rows.take(row(2n)), rows.take(row(2n))]).toEqual([true, true, true]);
    // What has come back in a new row is told by what was judged, not here.
    expect([rows.take(row(1n, 5)), rows.at('0', 1n)]).toEqual([true, { reason: 'rule_broken', replays: 0 }]);
    expect([rows.take(row(3n, 5)), rows.take(row(3n, 5)), rows.tired]).toEqual([false, false, 1]);
  });
});
