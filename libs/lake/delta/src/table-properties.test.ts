import type { TableMetadata } from './actions.js';
import { propertiesOf } from './table-properties.js';

const DAY_MS = 86_400_000;
const of = (configuration: Record<string, string>) =>
  propertiesOf({ configuration } as unknown as TableMetadata);

test('a table without properties has the defaults of the format', () => {
  expect(of({})).toEqual({
    checkpointInterval: 50,
    logRetentionMs: 30 * DAY_MS,
    deletedFileRetentionMs: 7 * DAY_MS,
    appendOnly: false,
    changeDataFeed: false,
  });
});

test.each([
  ['interval 30 days', 30 * DAY_MS],
  ['INTERVAL 1 week', 7 * DAY_MS],
  ['interval 1 day 12 hours', 1.5 * DAY_MS],
  ['90 minutes', 5_400_000],
  ['interval 0 seconds', 0],
  ['interval 5 milliseconds', 5],
  ['interval 1 month', Infinity],
  ['interval -1 day', Infinity],
  ['interval', Infinity],
  ['7', Infinity],
  ['soon', Infinity],
])('%s is %d milliseconds; what is not understood is for ever', (text, ms) => {
  expect(of({ 'delta.logRetentionDuration': text }).logRetentionMs).toBe(ms);
  expect(of({ 'delta.deletedFileRetentionDuration': text }).deletedFileRetentionMs).toBe(ms);
});

test('a table may forbid to clean its log', () => {
  const properties = {
    'delta.enableExpiredLogCleanup': 'false',
    'delta.logRetentionDuration': 'interval 1 day',
  };
  expect(of(properties).logRetentionMs).toBe(Infinity);
});

test.each([
  ['10', 10],
  ['0', 50],
  ['-1', 50],
  ['1.5', 50],
  ['often', 50],
])('checkpoint interval %s is %d commits', (text, interval) => {
  expect(of({ 'delta.checkpointInterval': text }).checkpointInterval).toBe(interval);
});
