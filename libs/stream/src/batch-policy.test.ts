import { isFlushDue, type BatchPolicy, type BufferState } from './batch-policy.js';

const POLICY: BatchPolicy = {
  rowsMax: 100,
  bytesMax: 8_000,
  ageMsMax: 50,
  rowsAgeMsMax: 20,
  daysMax: 9,
  memoryBytesMax: 1_000_000,
};
const SMALL: BufferState = { rows: 1, bytes: 10, days: 1, ageMs: 1, memoryBytes: 500_000 };

test.each<[string, Partial<BufferState>, boolean]>([
  ['nothing is full', {}, false],
  ['rows are', { rows: 100 }, true],
  ['bytes are', { bytes: 8_000 }, true],
  ['days are', { days: 9 }, true],
  ['the oldest record has waited long enough', { ageMs: 50 }, true],
  ['the oldest row has waited long enough', { rowsAgeMs: 20 }, true],
  ['there are no rows to wait for', { rows: 0, rowsAgeMs: 20 }, false],
  ['memory is, and the buffer holds some of it', { memoryBytes: 1_000_000, bytes: 1_000 }, true],
  ['memory is, but the buffer hardly holds any of it', { memoryBytes: 2_000_000, bytes: 999 }, false],
])('flushes when %s: %o %s', (_when, state, isDue) => {
  expect(isFlushDue(POLICY, { ...SMALL, ...state })).toBe(isDue);
});
