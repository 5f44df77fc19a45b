import { join } from 'node:path';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { listTables } from '@gondola/lake-upkeep';
import { context, POS, records, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { UsageError } from '../command.js';
import { exportCommand } from './export.js';

describe('export', () => {
  let lake: UpkeepLake;
  beforeAll(async () => {
    lake = new UpkeepLake();
    await lake.send(records(0, 30));
    await lake.ingest(START_MS, 'qa');
  });
  afterAll(() => lake.remove());

  const said: string[] = [];
  const run = (values: Record<string, string | boolean> = {}) => {
    said.length = 0;
    const to = join(lake.folder, 'copy');
    const given = { from: lake.lake, 'from-environment': 'qa', to, 'to-environment': 'dev', ...values };
    return exportCommand.run(
      { positionals: [], values: given },
      { ...context, say: (text) => said.push(text) },
    );
  };

  it('copies silver alone, once', async () => {
    const silver = ['dev/silver/retail.catalog.item', `dev/silver/${POS}`];
    const copied = { ok: true, tables: silver.map((table) => ({ table, filesRemoved: 0 })) };
    expect(await run()).toMatchObject(copied);
    expect(await listTables(createLocalDiskStore(join(lake.folder, 'copy')), 'dev')).toEqual(silver);
    expect(await run({ table: 'silver' })).toMatchObject(copied);
    expect(said).toEqual(silver.map((table) => `${table}: nothing to do`));
  });

  it.each([['quarantine'], ['bronze'], ['bronze/events'], ['_state']])('never copies %s', async (table) => {
    await expect(run({ table })).rejects.toThrow(UsageError);
  });

  it.each<[Record<string, string>, RegExp]>([
    [
      { 'from-environment': 'dev', 'to-environment': 'qa' },
      /--to-environment: qa is guarded no less than dev/,
    ],
    [{ 'from-environment': 'qa', 'to-environment': 'prod' }, /--to-environment: prod is guarded no less/],
    [
      { 'from-environment': 'prod', 'to-environment': 'staging' },
      /staging is guarded no less than prod \(of dev, qa, prod\)/,
    ],
    [{ from: 's3://acme-lake-prod-euw1-01' }, / lake: s3:\/\/acme-lake-prod-euw1-01\/ is of prod/],
    [{ to: 's3://acme-lake-prod-euw1-01' }, / lake: s3:\/\/acme-lake-prod-euw1-01\/ is of prod/],
  ])('refuses %j', async (values, message) => {
    const refused = run(values);
    await expect(refused).rejects.toMatchObject({ name: 'SetupError', code: 'environment_mismatch' });
    await expect(refused).rejects.toThrow(message);
  });

  it('goes the other way only when told to', async () => {
    const upward = { 'from-environment': 'dev', 'to-environment': 'qa', upward: true };
    await expect(run(upward)).rejects.toThrow(
      /--from: .* has no table silver or signals of dev; there are: none/,
    );
  });
});
