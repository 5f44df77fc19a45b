import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLine, ROOT, runGondola } from '../run-gondola.js';

const PANEL = join(ROOT, '../shared/data/frn_dev.parquet');
const hasPanel = existsSync(PANEL);
if (!hasPanel) console.warn(`skipped: replays of real sales need ${PANEL}, which is not there`);

(hasPanel ? describe : describe.skip)('replays of one file into one lake', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-choices-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const replay = (lake: string, stores: string, days: string) =>
    runGondola([
      ...['replay', PANEL, '--as', 'panel', '--stores', stores, '--days', days],
      ...['--lake', join(folder, lake), '--json'],
    ]);

  it('go on with more days, whatever the order of the stores, and refuse another choice', async () => {
    expect((await replay('lake', '17,3', '0..5')).code).toBe(0);
    const whole = lastLine(await replay('lake', '3,17', '0..12'));
    const straight = lastLine(await replay('straight', '3,17', '0..12'));
    expect({ ...whole, lake: '', seconds: 0 }).toEqual({ ...straight, lake: '', seconds: 0 });
    for (const [stores, days] of [
      ['3,17,40', '0..12'],
      ['3,17', '2..12'],
    ]) {
      const { code, stderr } = await replay('lake', stores, days);
      expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining('another --lake') });
    }
  }, 300_000);

  it('started twice at the same time, write everything once', async () => {
    const ended = await Promise.all([replay('both', '3,17', '0..12'), replay('both', '3,17', '0..12')]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const straight = lastLine(await replay('straight', '3,17', '0..12'));
    expect({ ...lastLine(await replay('both', '3,17', '0..12')), lake: '', seconds: 0 }).toEqual({
      ...straight,
      lake: '',
      seconds: 0,
    });
  }, 300_000);
});
