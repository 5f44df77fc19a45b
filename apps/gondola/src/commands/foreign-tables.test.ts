import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { context, records, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { COMMANDS } from '../commands.js';

/** Commands that open tables which ingest makes, with what they are told beside the lake. */
const CASES: Readonly<Record<string, { positionals?: string[]; values?: Record<string, string | boolean> }>> =
  {
    compact: {},
    vacuum: { values: { 'retention-hours': '0', 'force-short-retention': true } },
    expire: { values: { table: 'silver', days: '1' } },
    quality: {},
    kpis: {},
    quarantine: { positionals: ['list'] },
    export: {},
    train: { values: { labels: 'counts', 'filter-only': true } },
    widen: {},
    rebuild: {},
    reconcile: {},
  };

describe('tables that lie in the folder of another environment', () => {
  const lake = new UpkeepLake();
  beforeAll(async () => {
    await lake.send(records(0, 30));
    await lake.ingest(START_MS);
    // As a copy of a bucket with a new name for its first folder would have it.
    renameSync(join(lake.lake, 'dev'), join(lake.lake, 'qa'));
  });
  afterAll(() => lake.remove());

  async function files(): Promise<readonly string[]> {
    const paths: string[] = [];
    for await (const { path, bytes, modifiedMs } of lake.store.listAll('qa'))
      paths.push(`${path} ${bytes} ${modifiedMs}`);
    return paths.sort();
  }

  it.each(Object.keys(CASES))('%s refuses them and changes nothing', async (name) => {
    const command = await COMMANDS[name]();
    const { positionals = [], values = {} } = CASES[name];
    const defaults = Object.fromEntries(
      Object.entries(command.options).map(([key, option]) => [key, option.default]),
    );
    const given =
      name === 'export'
        ? { from: lake.lake, 'from-environment': 'qa', to: join(lake.folder, 'to'), 'to-environment': 'dev' }
        : 'lake' in command.options
          ? { lake: lake.lake, environment: 'qa', out: join(lake.folder, 'model.json') }
          : { config: lake.config('qa') };
    const before = await files();
    const run = command.run({ positionals, values: { ...defaults, ...given, ...values } }, context);
    await expect(run).rejects.toMatchObject({
      name: 'SetupError',
      code: 'environment_mismatch',
      message: expect.stringMatching(/^qa\/.* belongs to environment dev/),
    });
    expect(await files()).toEqual(before);
  });

  it('ingest refuses them', async () => {
    await expect(lake.ingest(START_MS, 'qa')).rejects.toMatchObject({ code: 'environment_mismatch' });
  });
});
