import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ALL_DATES, compact, expire, type Finding, type HourTotals } from '@gondola/lake-upkeep';
import { systemClock } from '@gondola/stream';
import {
  context,
  DAY_MS,
  ITEMS,
  POS,
  records,
  sale,
  START_MS,
  UpkeepLake,
  type Row,
} from '../../test/upkeep-lake.js';
import { UsageError } from '../command.js';
import { rebuild } from './rebuild.js';
import { reconcile } from './reconcile.js';

type Values = Readonly<Record<string, string | boolean>>;

const SILVER = `dev/silver/${POS}`;
const BRONZE = 'dev/bronze/events';

describe('reconcile', () => {
  let lake: UpkeepLake;
  beforeEach(async () => {
    lake = await UpkeepLake.ofTwoDays();
  });
  afterEach(() => lake.remove());

  const run = (values: Values = {}) =>
    reconcile.run({ positionals: [], values: { config: lake.config(), ...values } }, context);
  const findingsOf = async (values: Values = {}) => (await run(values))['findings'] as readonly Finding[];

  /** A version written by hand: a file goes, or comes a second time under another name. */
  async function byHand(table: string, change: { remove?: string; copy?: string }): Promise<void> {
    const { version, files } = await lake.snapshot(table);
    const lines: object[] = [];
    if (change.remove)
      lines.push({ remove: { path: encodeURI(change.remove), deletionTimestamp: 0, dataChange: true } });
    const copied = files.find(({ path }) => path === change.copy);
    if (copied) {
      const path = `${dirname(copied.path)}/copy.parquet`;
      await lake.store.put(
        `${table}/${path}`,
        (await lake.store.get(`${table}/${copied.path}`)) ?? Buffer.of(),
      );
      lines.push({ add: { ...copied, path: encodeURI(path), dataChange: true } });
    }
    const name = `${table}/_delta_log/${String(version + 1).padStart(20, '0')}.json`;
    await lake.store.put(name, Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')));
  }

  /** Path, partition, positions and hours of the rows of a file in the middle of a table. */
  async function middleFile(table: string) {
    const { files } = await lake.snapshot(table);
    const file = files[Math.floor(files.length / 2)];
    const all = await lake.rows(table);
    const counts = files.map(({ stats }) => (JSON.parse(stats) as { numRecords: number }).numRecords);
    const before = counts.slice(0, files.indexOf(file)).reduce((sum, count) => sum + count, 0);
    return { path: file.path, rows: all.slice(before, before + counts[files.indexOf(file)]) };
  }
  const rowsIn = (stats: string) => (JSON.parse(stats) as { numRecords: number }).numRecords;
  const partitionOf = (row: Row) => String(row['source_partition'] ?? row['partition']);
  const positionOf = (row: Row) => (row['source_position'] ?? row['position']) as bigint;
  const placesOf = (rows: readonly Row[]) =>
    [...new Set(rows.map((row) => `${partitionOf(row)}/${positionOf(row)}`))].sort();
  const placesIn = (findings: readonly Finding[]) =>
    findings
      .flatMap(({ partition, from, to }) =>
        Array.from({ length: Number(to - from) + 1 }, (_, index) => `${partition}/${from + BigInt(index)}`),
      )
      .sort();

  it.each<Values>([{}, { quick: true }, { dates: '2026-11-23' }])(
    'finds everything accounted for: %j',
    async (values) => {
      const result = await run(values);
      expect(result).toMatchObject({ ok: true, findings: [], records: 'dates' in values ? 100 : 200 });
    },
  );

  it('adds up rows by partition and hour', async () => {
    const hours = (await run())['hours'] as readonly HourTotals[];
    const sum = (name: 'silverRows' | 'quarantined' | 'inNoTable') =>
      hours.reduce((total, hour) => total + hour[name], 0);
    const silver = [...(await lake.rows(SILVER)), ...(await lake.rows(`dev/silver/${ITEMS}`))];
    expect(sum('silverRows')).toBe(silver.length);
    expect(sum('quarantined')).toBe((await lake.rows('dev/quarantine')).length);
    expect(sum('inNoTable')).toBeGreaterThan(5);
    expect(hours.map(({ judged }) => judged?.duplicates)).toEqual(hours.map(({ inNoTable }) => inNoTable));
    expect(new Set(hours.map(({ hour }) => hour))).toContain('2026-11-22T09');
    expect(new Set(hours.map(({ partition }) => partition))).toEqual(new Set(['0', '1']));
    expect(hours.every(({ judged }) => judged?.checksum === judged?.checksumExpected)).toBe(true);
  });

  it('is content after compaction in any order, expiry and rebuilding', async () => {
    const options = { targetBytes: 1 << 27, dates: ALL_DATES, dryRun: false, signal: context.signal };
    await compact(lake.deps(), SILVER, { ...options, zOrder: ['item_id', 'quantity'] });
    await compact(lake.deps(), BRONZE, { ...options, zOrder: ['value', 'broker_time'] });
    expect(await run()).toMatchObject({ ok: true });
    await rebuild.run({ positionals: [], values: { config: lake.config() } }, context);
    expect(await run()).toMatchObject({ ok: true, records: 200 });
  });

  it('leaves out what is on its way into the tables', async () => {
    await lake.send(records(200, 20));
    expect(await run()).toMatchObject({ ok: true, records: 200 });
  });

  it('names partition, hour and positions of rows that silver lost', async () => {
    const { path, rows } = await middleFile(SILVER);
    await byHand(SILVER, { remove: path });
    const findings = await findingsOf();
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['silver_missing']));
    expect(placesIn(findings)).toEqual(placesOf(rows));
    const bronze = await lake.rows(BRONZE);
    for (const { partition, hour, from } of findings) {
      const record = bronze.find((row) => partitionOf(row) === partition && positionOf(row) === from);
      expect(hour).toBe(new Date(Number(record?.['broker_time']) / 1000).toISOString().slice(0, 13));
    }
    const hours = (await run())['hours'] as readonly { partition: string; hour: string; ok: boolean }[];
    const bad = hours.filter(({ ok }) => !ok).map(({ partition, hour }) => `${partition} ${hour}`);
    expect(new Set(bad)).toEqual(new Set(findings.map(({ partition, hour }) => `${partition} ${hour}`)));
    expect((await run())['ok']).toBe(false);
  });

  it('names rows that silver has twice', async () => {
    const { path, rows } = await middleFile(SILVER);
    await byHand(SILVER, { copy: path });
    const findings = await findingsOf();
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['silver_unexplained']));
    expect(placesIn(findings)).toEqual(placesOf(rows));
  });

  it.each<Values>([{}, { quick: true }])(
    'names the hole that a lost file leaves in bronze: %j',
    async (values) => {
      const { path, rows } = await middleFile(BRONZE);
      await byHand(BRONZE, { remove: path });
      const findings = await findingsOf(values);
      expect(placesIn(findings.filter(({ kind }) => kind === 'bronze_hole'))).toEqual(placesOf(rows));
      const answered = new Set(
        [...(await lake.rows(SILVER)), ...(await lake.rows('dev/quarantine'))].map(
          (row) => placesOf([row])[0],
        ),
      );
      const unexplained = placesIn(findings.filter(({ kind }) => kind.endsWith('_unexplained')));
      for (const place of placesOf(rows)) if (answered.has(place)) expect(unexplained).toContain(place);
    },
  );

  it.each<Values>([{}, { quick: true }])('names positions that bronze has twice: %j', async (values) => {
    const { path, rows } = await middleFile(BRONZE);
    await byHand(BRONZE, { copy: path });
    const findings = await findingsOf(values);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['bronze_doubled']));
    expect(placesIn(findings)).toEqual(placesOf(rows));
  });

  it('notices the end and the beginning of bronze missing: by the positions, and by what the stream still has', async () => {
    const { files } = await lake.snapshot(BRONZE);
    const all = await lake.rows(BRONZE);
    await byHand(BRONZE, { remove: files[0].path });
    await byHand(BRONZE, { remove: files[files.length - 1].path });
    const findings = await findingsOf();
    expect(placesIn(findings.filter(({ kind }) => kind === 'source_missing'))).toEqual(
      placesOf(all.slice(0, rowsIn(files[0].stats))),
    );
    expect(placesIn(findings.filter(({ kind }) => kind === 'bronze_hole'))).toEqual(
      placesOf(all.slice(-rowsIn(files[files.length - 1].stats))),
    );
  });

  it('names a value that is not what the record says', async () => {
    // The same positions judged from other bytes: one sale has another quantity.
    const twin = new UpkeepLake();
    try {
      const sent = [...records(0, 100)];
      const index = sent.findIndex((record) => Buffer.from(record.value ?? []).includes('"e-42"'));
      const changed = {
        ...sent[index],
        value: Buffer.from(JSON.stringify(sale(42, sent[index].timestampMs, 3))),
      };
      await twin.send(sent.with(index, changed));
      await twin.ingest(START_MS);
      await twin.send(records(100, 100));
      await twin.ingest(START_MS + DAY_MS);
      for await (const { path } of lake.store.listAll(SILVER)) await lake.store.delete(path);
      for await (const { path } of twin.store.listAll(SILVER))
        await lake.store.put(path, (await twin.store.get(path)) ?? Buffer.of());
    } finally {
      twin.remove();
    }
    const findings = await findingsOf();
    expect(findings.map(({ kind }) => kind)).toEqual(['silver_differs']);
    const [row] = (await lake.rows(SILVER)).filter((one) => one['event_id'] === 'e-42');
    expect(placesIn(findings)).toEqual(placesOf([row]));
    expect(await findingsOf({ quick: true })).toEqual([]);
  });

  it('says what is to be rebuilt after a contract changed', async () => {
    lake.acceptMore();
    const kinds = new Set((await findingsOf()).map(({ kind }) => kind));
    expect(kinds).toContain('silver_missing');
    expect(kinds).toContain('quarantine_unexplained');
    await rebuild.run({ positionals: [], values: { config: lake.config() } }, context);
    expect(await findingsOf()).toEqual([]);
  });

  it('takes retention by age for no loss', async () => {
    const clock = { ...systemClock, nowMs: () => START_MS + DAY_MS };
    await expire({ ...lake.deps(), clock }, BRONZE, { days: 1, dryRun: false });
    expect(await lake.rows(BRONZE)).toHaveLength(200);
    await expire({ ...lake.deps(), clock: { ...clock, nowMs: () => START_MS + 2 * DAY_MS } }, BRONZE, {
      days: 1,
      dryRun: false,
    });
    expect(await lake.rows(BRONZE)).toHaveLength(100);
    expect(await run()).toMatchObject({
      ok: true,
      streamCompared: false,
      expiredBefore: { [BRONZE]: '2026-11-23' },
    });
    const all = await findingsOf({ 'with-expired': true });
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['source_missing']));
  });

  /** What it says to people. */
  async function spoken(values: Values = {}): Promise<string> {
    const lines: string[] = [];
    const hearing = { ...context, say: (line: string) => void lines.push(line) };
    await reconcile.run({ positionals: [], values: { config: lake.config(), ...values } }, hearing);
    return lines.join('\n');
  }

  it('leaves silver that expired alone, says so, and compares it when asked to', async () => {
    const clock = { ...systemClock, nowMs: () => START_MS + 2 * DAY_MS };
    const { rows: expired } =
      (await expire({ ...lake.deps(), clock }, SILVER, { days: 1, dryRun: false })) ?? {};
    expect(expired).toBeGreaterThan(50);
    expect(await run()).toMatchObject({ ok: true, expiredBefore: { [SILVER]: '2026-11-23' } });
    expect(await spoken()).toContain(`not compared: ${SILVER} before 2026-11-23, which expired`);
    const findings = await findingsOf({ 'with-expired': true });
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['silver_missing']));
  });

  it('names the hole that lies between two days, for the one and for the other', async () => {
    const { files } = await lake.snapshot(BRONZE);
    const all = await lake.rows(BRONZE);
    const [last] = files.filter(({ path }) => path.includes('2026-11-22')).slice(-1);
    const [first] = files.filter(({ path }) => path.includes('2026-11-23'));
    const start = files.slice(0, files.indexOf(last)).reduce((sum, { stats }) => sum + rowsIn(stats), 0);
    const lost = placesOf(all.slice(start, start + rowsIn(last.stats) + rowsIn(first.stats)));
    for (const { path } of [last, first]) await byHand(BRONZE, { remove: path });
    for (const dates of ['2026-11-22', '2026-11-23', '..2026-11-22', '2026-11-23..']) {
      // Of one partition all that was first in bronze is gone.
      const holes = (await findingsOf({ dates })).filter(
        ({ kind }) => kind === 'bronze_hole' || kind === 'source_missing',
      );
      expect(placesIn(holes)).toEqual(lost);
    }
  });

  it('names a day of which nothing is left', async () => {
    await lake.send(records(200, 30));
    await lake.ingest(START_MS + 2 * DAY_MS);
    const lost = (await lake.rows(BRONZE)).filter((row) => row['ingest_date'] === '2026-11-23');
    for (const { path } of (await lake.snapshot(BRONZE)).files)
      if (path.includes('2026-11-23')) await byHand(BRONZE, { remove: path });
    const holes = (await findingsOf({ dates: '2026-11-23' })).filter(({ kind }) => kind === 'bronze_hole');
    expect(placesIn(holes)).toEqual(placesOf(lost));
  });

  it('does not call duplicates in a quick check what it cannot tell from lost', async () => {
    const duplicates = ((await run())['hours'] as readonly HourTotals[]).reduce(
      (sum, { judged }) => sum + (judged?.duplicates ?? 0),
      0,
    );
    await byHand(SILVER, { remove: (await middleFile(SILVER)).path });
    const hours = (await run({ quick: true }))['hours'] as readonly HourTotals[];
    expect(hours.map(({ judged }) => judged)).toEqual(hours.map(() => null));
    const nowhere = hours.reduce((sum, { inNoTable }) => sum + inNoTable, 0);
    expect(nowhere).toBeGreaterThan(duplicates);
    expect(await spoken({ quick: true })).toContain(
      `${nowhere} are in no table: duplicates, lost or expired`,
    );
  });

  it('says when the stream could not be compared', async () => {
    expect(await run()).toMatchObject({ streamCompared: true });
    expect(await spoken()).not.toContain('not compared');
    const text = readFileSync(lake.config(), 'utf8').replace('stream.sqlite', 'elsewhere.sqlite');
    writeFileSync(lake.config(), text);
    expect(await run()).toMatchObject({ ok: true, streamCompared: false });
    expect(await spoken()).toContain('not compared: the stream');
  });

  it('does not take nothing for everything', async () => {
    const message = expect.stringContaining('holds no records of 2020-01-01..2020-01-01');
    await expect(run({ dates: '2020-01-01' })).rejects.toMatchObject({ code: 'input_invalid', message });
    for (const { path } of (await lake.snapshot(BRONZE)).files) await byHand(BRONZE, { remove: path });
    expect((await findingsOf()).map(({ kind, partition }) => `${kind} ${partition}`).sort()).toEqual([
      'source_missing 0',
      'source_missing 1',
    ]);
    lake.log.trim('events', START_MS + 10 * DAY_MS);
    await expect(run()).rejects.toMatchObject({ code: 'input_invalid' });
  });

  it('wants a configuration', async () => {
    await expect(reconcile.run({ positionals: [], values: {} }, context)).rejects.toThrow(UsageError);
  });
});
