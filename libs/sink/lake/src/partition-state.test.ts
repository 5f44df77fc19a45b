import { PartitionState } from './partition-state.js';

test('a mark that is noted while a commit is made waits for the next one', () => {
  const committed = { position: 3n, signals: 0n, check: 0n, marksId: 0n, historyId: 0n };
  const state = new PartitionState('0', null, committed, []);
  state.note('before');
  expect(state.takeMarks()).toEqual(['before']);
  state.note('meanwhile');
  state.wasCommitted({ ...committed, marksId: 1n });
  expect(state.hasNewMarks).toBe(true);
  expect(state.takeMarks()).toEqual(['before', 'meanwhile']);
  state.wasCommitted({ ...committed, marksId: 2n });
  expect(state.hasNewMarks).toBe(false);
});
