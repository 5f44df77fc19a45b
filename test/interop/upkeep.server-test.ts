import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint } from '@gondola/lake-parquet';
import { systemClock } from '@gondola/stream';
import { saleRecords } from '../crash/sale-records.js';
import { ROOT, runGondola } from '../run-gondola.js';
import { describeWithPython, ENGINES, readTable, runPython } from './python.js';

const SCHEMAS = join(ROOT, 'test/perf/schemas');
const SILVER = 'dev/silver/pos.event';

describeWithPython('after upkeep', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-upkeep-'));
  const lake = join(folder, 'lake');
  const config = join(folder, 'ingest.json');
  const done = async (...args: string[]) => {
    const { code, stderr } = await runGondola(args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  };
  beforeAll(async () => {
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('pos', 2);
    for (const records of saleRecords(SCHEMAS, 20_000)) await createEmbeddedSink(log, 'pos').append(records);
    log.close();
    writeFileSync(join(folder, 'masking.key'), 'a key of thirty-two bytes or more, for this test');
    const settings = {
      environment: 'dev',
      lake,
      schemas: SCHEMAS,
      stream: { file: join(folder, 'stream.sqlite'), name: 'pos', batchBytesMax: 1 << 18 },
      defaultSubject: 'pos.event',
      masking: { keyFile: join(folder, 'masking.key') },
      quarantine: { shareMax: 1 },
      flush: { rowsMax: 4_000, ageMsMax: 60_000 },
    };
    writeFileSync(config, JSON.stringify(settings));
    await done('ingest', '--once', '--config', config);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const view = (table: string, sum: string) => readTable(join(lake, table), '--sum', sum, '--check-stats');

  it('every engine reads the same rows, and statistics that hold', async () => {
    const before = await view(SILVER, 'source_position');
    const bronze = await view('dev/bronze/pos', 'position');
    await done('compact', '--lake', lake);
    const compacted = await view(SILVER, 'source_position');
    expect(compacted.files).toBeLessThan(before.files);
    await done('compact', '--lake', lake, '--table', 'silver/pos.event', '--z-order', 'store_id,sku');
    await done('rebuild', '--config', config);
    await done('compact', '--lake', lake, '--table', 'silver/pos.event', '--z-order', 'store_id,sku');
    for (const [table, sum, wanted] of [
      [SILVER, 'source_position', before],
      ['dev/bronze/pos', 'position', bronze],
    ] as const) {
      const seen = await view(table, sum);
      expect(seen.broken_stats).toEqual([]);
      for (const engine of ENGINES) expect(seen[engine]).toEqual(wanted[engine]);
    }
  }, 300_000);

  it('delta-rs takes turns with us: it compacts what we wrote, we compact what it wrote', async () => {
    const before = await view(SILVER, 'source_position');
    const optimize =
      'import sys, deltalake; t = deltalake.DeltaTable(sys.argv[1]); t.optimize.compact(); t.create_checkpoint()';
    await done('rebuild', '--config', config);
    await runPython('-c', optimize, join(lake, SILVER));
    await done('compact', '--lake', lake);
    await done('reconcile', '--config', config);
    await done('vacuum', '--lake', lake, '--retention-hours', '0', '--force-short-retention');
    const after = await view(SILVER, 'source_position');
    for (const engine of ENGINES) expect(after[engine]).toEqual(before[engine]);
  }, 300_000);

  it('a widened column has one type in every version, and the same values', async () => {
    const before = await view(SILVER, 'quantity');
    const schemas = join(folder, 'schemas');
    cpSync(SCHEMAS, schemas, { recursive: true });
    edit(join(schemas, 'pos.event/v1.avsc'), '"quantity", "type": "int"', '"quantity", "type": "long"');
    edit(join(schemas, 'pos.event/contract.yaml'), 'decimal(12, 2)', 'decimal(18, 2)');
    edit(config, JSON.stringify(SCHEMAS), JSON.stringify(schemas));
    const refused = await runGondola(['ingest', '--once', '--config', config]);
    expect(refused).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('gondola widen --config FILE'),
    });
    await done('widen', '--config', config);
    await done('ingest', '--once', '--config', config);
    const after = await view(SILVER, 'quantity');
    expect(after.broken_stats).toEqual([]);
    for (const engine of ENGINES) {
      expect(after[engine].sums).toEqual(before[engine].sums);
      expect(after[engine].rows).toBe(before[engine].rows);
    }
    expect(after.delta_rs.schema).toMatchObject({ quantity: 'int64', unit_price: 'decimal128(18, 2)' });
    expect(after.duckdb.schema).toMatchObject({ quantity: 'BIGINT', unit_price: 'DECIMAL(18,2)' });
    const atBefore =
      'import sys, deltalake; t = deltalake.DeltaTable(sys.argv[1], version=int(sys.argv[2])).to_pyarrow_table(); ' +
      'print(t.num_rows, t.schema.field("quantity").type, sum(t["quantity"].to_pylist()))';
    const then = await runPython('-c', atBefore, join(lake, SILVER), String(before.version));
    expect(then.trim()).toBe(`${before.delta_rs.rows} int32 ${before.delta_rs.sums['quantity']}`);
    await done('reconcile', '--config', config);
  }, 300_000);

  it('what expired is gone for every engine', async () => {
    const store = createLocalDiskStore(lake);
    const rowsOf = async (date: string) => {
      const { files = [] } = (await readSnapshot(store, SILVER, readCheckpoint)) ?? {};
      const rows = files
        .filter(({ partitionValues }) => partitionValues['event_date'] === date)
        .map(({ stats }) => (JSON.parse(stats) as { numRecords: number }).numRecords);
      return rows.reduce((sum, count) => sum + count, 0);
    };
    const [old, young] = [await rowsOf('2026-01-04'), await rowsOf('2026-01-05')];
    expect(old).toBeGreaterThan(5);
    const days = Math.floor((systemClock.nowMs() - Date.UTC(2026, 0, 5)) / 86_400_000);
    await done('expire', '--lake', lake, '--table', 'silver', '--days', String(days));
    const seen = await view(SILVER, 'source_position');
    for (const engine of ENGINES) expect(seen[engine].rows).toBe(young);
    expect((await view('dev/bronze/pos', 'position')).delta_rs.rows).toBe(20_000);
  }, 300_000);
});

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}
