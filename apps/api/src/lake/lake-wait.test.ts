import { GondolaError, SetupError, silentLog } from '@gondola/stream';
import { LakeWait } from './lake-wait.js';

const away = new GondolaError('lake_unavailable', 'the lake does not answer', true);

it('tells once that the lake is away, and once that it answers again', async () => {
  const said: unknown[] = [];
  const tell = (fields: unknown, text: unknown) => said.push([fields, text]);
  const wait = new LakeWait({ ...silentLog, info: tell, warn: tell } as never, { service: 's' });
  const heard: string[] = [];
  const onAway = ({ code }: GondolaError) => void heard.push(code);
  expect(await wait.attempt(async () => 1, onAway)).toBe(1);
  for (const failures of [1, 2, 3]) {
    expect(await wait.attempt(() => Promise.reject(away), onAway)).toBeUndefined();
    expect(wait.failuresInARow).toBe(failures);
  }
  expect(await wait.attempt(async () => null, onAway)).toBeNull();
  expect([wait.failuresInARow, heard]).toEqual([0, ['lake_unavailable']]);
  expect(said).toEqual([
    [{ service: 's', code: 'lake_unavailable' }, 'the lake does not answer; trying again until it works'],
    [{ service: 's' }, 'the lake answers again'],
  ]);
});

it.each([new SetupError('environment_mismatch', 'another one'), new TypeError('a fault')])(
  'does not wait for what no other try would mend: %s',
  async (error) => {
    const wait = new LakeWait(silentLog, { service: 's' });
    await expect(wait.attempt(() => Promise.reject(error))).rejects.toBe(error);
  },
);
