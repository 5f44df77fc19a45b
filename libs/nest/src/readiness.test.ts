import type { Service, ServiceState } from '@gondola/stream';
import { readinessOf } from './readiness.js';

const NOW_MS = 100_000;
const service = (state: ServiceState, sinceMs: number) =>
  ({ name: state, health: () => ({ state, detail: '', sinceMs }) }) as Service;

it.each<[string, boolean, Service[]]>([
  ['nothing runs', true, []],
  ['all healthy', true, [service('healthy', 0)]],
  ['still starting', false, [service('healthy', 0), service('starting', NOW_MS)]],
  ['cut off a moment ago', true, [service('disconnected', NOW_MS - 9_999)]],
  ['cut off for the set time', false, [service('disconnected', NOW_MS - 10_000)]],
  ['stopped', false, [service('stopped', NOW_MS)]],
])('%s: %s', (_, ready, services) => {
  expect(readinessOf(services, { nowMs: () => NOW_MS }, 10_000)().ready).toBe(ready);
});
