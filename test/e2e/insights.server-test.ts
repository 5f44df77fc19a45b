import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ShelfVerdict } from '@gondola/events';
import { cleanUp, start, until } from '../../apps/api/test/api-harness.js';
import { LakeFixture } from '../../apps/api/test/lake-fixture.js';
import { lastLine, ROOT, runGondola } from '../run-gondola.js';
import { InsightsSql, type SqlDivision, type SqlRow } from './insights-sql.js';

const DATA = join(ROOT, '../shared/data');
const PANEL = join(DATA, 'frn_dev.parquet');
const ONLINE_RETAIL = join(DATA, 'online_retail.csv.gz');
const hasData = [PANEL, ONLINE_RETAIL].every((file) => existsSync(file));
if (!hasData) console.warn(`skipped: replays of real sales need ${DATA}, which is not there`);
/** A part of the file is enough, and fast. */
const LINES = 120_000;

const DAY_MS = 86_400_000;
const WORDS = ['FILLED', 'IT_WAS_THERE', 'NONE_IN_STORE', 'FILLED', 'CANNOT_CHECK'] as const;
const DIVISIONS: Readonly<Record<string, SqlDivision>> = {
  '': { line: 'null', episode: 'null' },
  store: { line: 'store', episode: 'store' },
  category: { line: 'category', episode: 'category' },
  day: { line: 'null', episode: 'null', isTime: true },
};

interface Row {
  readonly key: string | null;
  readonly episodes: number;
  readonly outHours: number;
  readonly shelfHours: number;
  readonly sold: readonly { readonly value: number }[];
  readonly numbers: readonly Readonly<Record<string, number | string | null>>[];
}

/** The panel has stores and categories, but no prices; Online Retail has prices, one store and no categories. */
const REPLAYS = {
  panel: () => [PANEL, '--as', 'panel', '--stores', '17,3', '--days', '0..25'],
  'online-retail': (folder: string) => {
    const part = join(folder, 'part.csv.gz');
    const lines = gunzipSync(readFileSync(ONLINE_RETAIL)).toString('latin1').split('\n');
    writeFileSync(part, gzipSync(Buffer.from(lines.slice(0, LINES).join('\n'), 'latin1')));
    return [part, '--as', 'online-retail'];
  },
};

(hasData ? describe : describe.skip).each(['panel', 'online-retail'] as const)(
  'replayed sales: %s',
  (data) => {
    const folder = mkdtempSync(join(tmpdir(), 'gondola-insights-'));
    let sql: InsightsSql;
    let get: Awaited<ReturnType<typeof start>>['get'];
    let newestMs: number;

    beforeAll(async () => {
      const lakeFolder = join(folder, 'lake');
      const replayed = await runGondola(['replay', ...REPLAYS[data](folder), '--lake', lakeFolder, '--json']);
      expect({ ...replayed, stdout: '' }).toMatchObject({ code: 0 });
      expect(lastLine(replayed)).toMatchObject({ ok: true });
      const lake = LakeFixture.at(lakeFolder);
      // So that there are verdicts at all: the tables are read once more after them.
      await lake.addVerdicts([]);
      const alerts = await (await InsightsSql.open(lake)).alerts();
      await lake.addVerdicts([
        ...alerts.filter((_, at) => at % 3 === 0).map(verdictOf),
        ...alerts.filter((_, at) => at % 4 === 0).map(takingOf),
      ]);
      newestMs = Math.max(...alerts.map(({ at_ms: atMs }) => Number(atMs)));
      sql = await InsightsSql.open(lake);
      const booksWorker = new URL('../../apps/gondola/dist/books-worker.js', import.meta.url);
      ({ get } = await start(lake, { insights: { historyDays: 3_650 } }, { booksWorker }));
      await until('the books are there', async () => (await get('/insights')).status === 200, 300);
    }, 900_000);
    afterAll(async () => {
      await cleanUp();
      rmSync(folder, { recursive: true });
    });

    test.each(Object.keys(DIVISIONS))('/insights by "%s" says what SQL over the tables says', async (by) => {
      const untilMs = Math.floor(newestMs / DAY_MS) * DAY_MS;
      const fromMs = untilMs - 12 * DAY_MS;
      const expected = await sql.insights(fromMs, untilMs, DIVISIONS[by]);
      const { body } = await get(`/insights?since=${fromMs}&until=${untilMs}${by === '' ? '' : `&by=${by}`}`);
      const rows = (by === '' ? [body['total']] : body['rows']) as readonly Row[];
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map(({ key }) => key ?? ''))).toEqual(new Set(expected.map(({ key }) => key)));
      expect(expected.reduce((sum, { episodes }) => sum + Number(episodes), 0)).toBeGreaterThan(100);
      if (data === 'online-retail') expect(expected.some(({ lost }) => Number(lost) > 0)).toBe(true);
      for (const row of rows)
        expectSame(
          row,
          expected.find(({ key }) => key === (row.key ?? '')),
        );
    });
  },
);

const verdictOf = (
  { key, store_id: storeId, item_id: itemId, at_ms: atMs }: SqlRow,
  number: number,
): ShelfVerdict => ({
  ...{ eventId: `v${number}`, signalId: String(key), checkId: null, undoes: null, channel: 'board' },
  ...{ storeId: String(storeId), itemId: String(itemId), verdict: WORDS[number % WORDS.length] },
  // Somebody else each time, so that nobody zeroes in mass.
  ...{ atMs: Number(atMs) + (1 + (number % 90)) * 60_000, actor: `tok-${number}` },
});

/** Somebody sets out: of some alerts before a look, of some after it, of some alone. */
const takingOf = (alert: SqlRow, number: number): ShelfVerdict => ({
  ...verdictOf(alert, number),
  ...{ eventId: `t${number}`, verdict: 'TAKEN', atMs: Number(alert['at_ms']) + (1 + (number % 40)) * 60_000 },
});

function expectSame(row: Row, expected: SqlRow | undefined): void {
  const of = (column: string) => Number(expected?.[column] ?? 0);
  const close = (found: number | undefined, wanted: number) =>
    expect(found ?? 0).toBeCloseTo(wanted, wanted > 1e4 ? 4 : 6);
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const kpi = (id: string) => row.numbers.find((one) => one['id'] === id) ?? {};
  expect(row.episodes).toBe(of('episodes'));
  close(row.outHours, of('out_hours'));
  close(row.shelfHours, of('shelf_hours'));
  close(row.sold[0]?.value, of('sold'));
  const [lost, half] = [of('lost'), of('half')];
  const told = [
    ['lost_sales', 'value', lost],
    ['lost_sales', 'low', Math.max(0, lost - half)],
    ['lost_sales', 'high', lost + half],
    ['lost_sales_net', 'value', 0.55 * lost],
    ['oos_rate_time', 'value', share(of('out_hours'), of('shelf_hours'))],
    ['osa_time', 'value', 1 - share(of('out_hours'), of('shelf_hours'))],
    ['osa_value', 'value', share(of('sold'), of('sold') + lost)],
    ['time_to_detect', 'value', of('detect')],
    ['time_to_detect', 'p90', of('detect90')],
    ['time_to_fix', 'value', of('fix')],
    ['time_to_fix', 'p90', of('fix90')],
    ['time_to_acknowledge', 'value', of('acknowledge')],
    ['alert_precision', 'value', share(of('confirmed'), of('audited'))],
    ['alert_precision', 'low', Math.max(0, of('wilson_low'))],
  ] as const;
  for (const [id, member, wanted] of told) close(Number(kpi(id)[member] ?? 0), wanted);
}
