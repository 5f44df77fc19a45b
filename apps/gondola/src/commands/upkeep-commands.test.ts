import { context, DAY_MS, POS, records, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { UsageError, type Command } from '../command.js';
import { compact } from './compact.js';
import { expire } from './expire.js';
import { quality } from './quality.js';
import { vacuum } from './vacuum.js';

const SILVER = `silver/${POS}`;

describe('commands that keep the tables', () => {
  let lake: UpkeepLake;
  beforeAll(async () => {
    lake = new UpkeepLake();
    await lake.send(records(0, 60));
    await lake.ingest(START_MS);
    await lake.send(records(60, 60));
    await lake.ingest(START_MS + DAY_MS);
  });
  afterAll(() => lake.remove());

  const said: string[] = [];
  const run = (command: Command, values: Record<string, string | boolean> = {}) => {
    const defaults = Object.entries(command.options).map(([name, option]) => [name, option.default]);
    said.length = 0;
    return command.run(
      { positionals: [], values: { ...Object.fromEntries(defaults), lake: lake.lake, ...values } },
      { ...context, say: (text) => said.push(text) },
    );
  };
  const filesOf = async (table: string) => (await lake.snapshot(`dev/${table}`)).files.length;

  it.each<[Command, Record<string, string | boolean>, RegExp]>([
    [compact, { 'target-mib': '0' }, /--target-mib is a whole number of at least 1; it was 0/],
    [compact, { 'target-mib': 'much' }, /--target-mib/],
    [compact, { 'z-order': 'store,item' }, /columns of the table that --table names/],
    [compact, { 'z-order': 'store', table: SILVER }, /two columns/],
    [compact, { dates: 'monday' }, /--dates is a day/],
    [vacuum, { 'retention-hours': '-1' }, /--retention-hours/],
    [expire, { days: '30' }, /--table and --days/],
    [expire, { table: 'silver' }, /--days is a whole number/],
    [expire, { table: 'silver', days: '0' }, /--days/],
  ])('refuse what they cannot understand: %#', async (command, values, message) => {
    const refused = run(command, values);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(message);
  });

  it('need a lake', async () => {
    const values = { environment: 'dev', table: 'silver', days: '1' };
    for (const command of [compact, vacuum, expire])
      await expect(command.run({ positionals: [], values }, context)).rejects.toThrow('--lake DIR');
  });

  it('say which tables there are when the wanted one is not', async () => {
    await expect(run(compact, { table: 'gold' })).rejects.toThrow(
      /no table gold of dev; there are: bronze\/events,/,
    );
  });

  it.each([compact, vacuum, expire])(
    'fail where no lake is, and say what to look at: %#',
    async (command) => {
      const given: Record<string, string> = command === expire ? { table: 'silver', days: '1' } : {};
      for (const [wrong, message] of [
        [{ environment: 'prod' }, /lake has no tables of prod: give --lake .* --environment/],
        [
          { lake: `${lake.lake}-mistyped` },
          /lake-mistyped has no tables of dev: give --lake .* --environment/,
        ],
      ] as const)
        await expect(run(command, { ...given, ...wrong })).rejects.toMatchObject({
          code: 'input_invalid',
          message: expect.stringMatching(message),
        });
    },
  );

  it('vacuum refuses a short retention unless it is forced', async () => {
    await expect(run(vacuum, { 'retention-hours': '23' })).rejects.toMatchObject({ code: 'input_invalid' });
    const forced = { 'retention-hours': '23', 'force-short-retention': true, 'dry-run': true };
    expect(await run(vacuum, forced)).toMatchObject({ ok: true, files: 0 });
  });

  it('quality says what was counted, before and after compact added it up', async () => {
    const before = await run(quality, { hours: '1000' });
    expect(said[0]).toMatch(
      /^2026-11-\d\dT\d\d +\d+ {2}events {2}retail\.\S+ {2}not met: .*categoryGiven \(\d+ of \d+\)/,
    );
    expect((before['hours'] as object[]).length).toBe(said.length);
    await run(compact, { table: 'quality' });
    expect(said).toEqual([expect.stringMatching(/^dev\/quality: \d+ files -> \d+, /)]);
    expect((await run(quality, { hours: '1000' }))['hours']).toEqual(before['hours']);
    await expect(run(quality, { environment: 'prod' })).rejects.toThrow(/no tables of prod/);
    await expect(run(quality, { since: 'monday' })).rejects.toThrow(UsageError);
  });

  it('compact takes one table, one layer or all, and says what it did', async () => {
    const before = await filesOf(SILVER);
    expect(before).toBeGreaterThan(2);
    expect(await run(compact, { table: SILVER, 'dry-run': true })).toMatchObject({ dryRun: true });
    expect(said).toEqual([expect.stringContaining(`${before} files -> 1`)]);
    expect(await filesOf(SILVER)).toBe(before);
    const result = await run(compact, { table: SILVER, 'z-order': 'retail_store_id,item_id' });
    expect(result).toMatchObject({ command: 'compact', ok: true });
    expect(result['tables']).toEqual([
      expect.objectContaining({ table: `dev/${SILVER}`, filesRemoved: before }),
    ]);
    expect(await filesOf(SILVER)).toBe(1);
    await run(compact);
    expect(await filesOf('bronze/events')).toBe(2);
    await run(compact);
    expect(said.every((line) => line.endsWith('nothing to do'))).toBe(true);
  });

  it('expire removes and vacuum frees', async () => {
    // Bronze was read on two days of November 2026; whatever today is, a day of the far past holds nothing.
    expect(await run(expire, { table: 'bronze', days: '36500' })).toMatchObject({
      tables: [expect.objectContaining({ filesRemoved: 0 })],
    });
    const forced = { 'retention-hours': '0', 'force-short-retention': true };
    const { files, paths } = (await run(vacuum, { ...forced, 'dry-run': true })) as {
      files: number;
      paths: string[];
    };
    expect(files).toBeGreaterThan(5);
    expect(said.slice(0, -1)).toEqual(paths);
    expect(await run(vacuum, forced)).toMatchObject({ files });
    expect(said.at(-1)).toMatch(/^deleted \d+ files, .* \(removed \d+\) of 5 tables$/);
    expect(await lake.rows('dev/bronze/events')).toHaveLength(120);
  });
});
