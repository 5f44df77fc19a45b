import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, context, POS, records, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { UsageError } from '../command.js';
import { widen } from './widen.js';

const SILVER = `dev/silver/${POS}`;

describe('a contract whose types become wider', () => {
  const lake = new UpkeepLake();
  afterAll(() => lake.remove());

  const run = (values: Record<string, string | boolean> = {}) =>
    widen.run({ positionals: [], values: { config: lake.config(), 'dry-run': false, ...values } }, context);
  const positions = async () => (await lake.rows(SILVER)).map((row) => row['source_position']);

  it('is refused by ingest with the command that mends it, and goes on after that', async () => {
    await lake.send(records(0, 60));
    await lake.ingest(START_MS);
    const before = await lake.rows(SILVER);
    const { transactions } = await lake.snapshot(SILVER);
    expect(typeof before[0]?.['line_sequence']).toBe('number');
    const file = join(lake.schemas, POS, 'v1.avsc');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/("lineSequence",\s+"type": )"int"/, '$1"long"'));
    await lake.send(records(60, 40));
    await expect(lake.ingest(START_MS + DAY_MS)).rejects.toMatchObject({
      name: 'SetupError',
      code: 'table_unsupported',
      message: expect.stringMatching(/is integer in the table, long .*`gondola widen --config FILE`/),
    });

    expect(await run({ 'dry-run': true })).toMatchObject({ ok: true, dryRun: true });
    expect(await lake.rows(SILVER)).toEqual(before);
    const result = await run();
    expect(result).toMatchObject({ command: 'widen', ok: true });
    expect(result['tables']).toContainEqual(expect.objectContaining({ table: SILVER, rows: before.length }));
    const widened = await lake.rows(SILVER);
    expect(widened.map((row) => row['line_sequence'])).toEqual(
      before.map((row) => BigInt(Number(row['line_sequence']))),
    );
    expect((await lake.snapshot(SILVER)).transactions).toEqual(transactions);

    const found = await positions();
    await lake.ingest(START_MS + DAY_MS);
    const after = await positions();
    expect(after.length).toBeGreaterThan(found.length);
    expect(after.slice(0, found.length)).toEqual(found);
    for (const { columns } of (await run())['tables'] as { columns: unknown[] }[])
      expect(columns).toEqual([]);
  });

  it('needs a configuration', async () => {
    await expect(widen.run({ positionals: [], values: {} }, context)).rejects.toThrow(UsageError);
  });
});
