import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../run-gondola.js';

interface Cost {
  readonly stores: number;
  readonly millions: number;
  readonly amounts: Readonly<Record<string, number>>;
  readonly dollars: Readonly<Record<string, number>>;
  readonly total: number;
  readonly perMillion: number;
}

const folder = join(ROOT, 'deploy/cost');
const sheet = (...args: string[]) =>
  execFileSync(process.execPath, [join(folder, 'sheet.mjs'), ...args], { encoding: 'utf8' });
const costs = (...args: string[]) => JSON.parse(sheet('--json', ...args)) as Record<string, Cost[]>;

describe('the cost sheet', () => {
  it('is the one that its inputs give', () => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(sheet('--print'));
  });

  it('takes what was measured from the results', () => {
    const results = readFileSync(join(ROOT, 'test/perf/RESULTS.md'), 'utf8').replace(/\s+/g, ' ');
    const figures = parse(readFileSync(join(folder, 'figures.yaml'), 'utf8')) as Record<
      string,
      { value: number; said: string }
    >;
    for (const [name, { value, said }] of Object.entries(figures)) {
      expect([name, results.includes(said.replace(/\s+/g, ' '))]).toEqual([name, true]);
      expect([name, said.replaceAll(',', '')]).toEqual([name, expect.stringContaining(String(value))]);
    }
  });

  it('says of each price whether somebody looked', () => {
    const clouds = parse(readFileSync(join(folder, 'prices.yaml'), 'utf8')) as Record<
      string,
      Record<string, { usd: number; seen: string }>
    >;
    expect(Object.keys(clouds)).toEqual(['aws', 'azure']);
    for (const { region: _, ...prices } of Object.values(clouds))
      for (const { usd, seen } of Object.values(prices)) {
        expect(usd).toBeGreaterThanOrEqual(0);
        expect(seen).toMatch(/^(?:\d{4}-\d\d-\d\d, \S+|not looked up)$/);
      }
  });

  /** Reckoned by hand: 6,000 events of 1,000 stores a day, 16 h open, months of 30.4 days. */
  it('reckons right for a thousand stores', () => {
    const [, { amounts, dollars, millions, total, perMillion }] = costs()['aws'];
    expect(millions).toBeCloseTo(182.4);
    expect(amounts['tableGb']).toBeCloseTo(185.54, 1);
    // 14,288,486 by ingest, 13,658,112 by detect, 2,918.4 snapshots of 75 parts and a manifest.
    expect(amounts['writes']).toBeCloseTo(14_288_486.4 + 13_658_112 + 2_918.4 * 76, 0);
    expect(dollars['requests']).toBeCloseTo(140.84, 1);
    // 3 x .5 + 3 x 1 + 2 x .25 + 3 x .5 vCPU at .0408, what upkeep takes, and the cluster.
    expect(dollars['compute']).toBeCloseTo(6.5 * 729.6 * 0.0408 + 0.0462 + 72.96, 1);
    // Three shards that keep seven days.
    expect(dollars['stream']).toBeCloseTo(3 * 729.6 * 0.035 + 182.4 * 0.014, 2);
    expect(total).toBeCloseTo(Object.values(dollars).reduce((sum, one) => sum + one));
    expect(perMillion).toBeCloseTo(total / millions);
  });

  it('follows what a reader changes', () => {
    const own = mkdtempSync(join(tmpdir(), 'gondola-cost-'));
    try {
      for (const name of ['figures', 'assumptions', 'prices'])
        cpSync(join(folder, `${name}.yaml`), join(own, `${name}.yaml`));
      const changed = (name: string, from: string, to: string) => {
        const text = readFileSync(join(own, `${name}.yaml`), 'utf8');
        expect(text).toContain(from);
        writeFileSync(join(own, `${name}.yaml`), text.replace(from, to));
        return costs('--from', own)['aws'];
      };
      const before = costs()['aws'];
      const dear = changed('prices', 'storageGbMonth: { usd: 0.023', 'storageGbMonth: { usd: 0.046');
      expect(dear[1].dollars['tables']).toBeCloseTo(2 * before[1].dollars['tables']);
      expect(dear[1].dollars['stream']).toBe(before[1].dollars['stream']);
      const busy = changed('assumptions', 'storeSalesADay: 6000', 'storeSalesADay: 60000');
      expect(busy[2].millions).toBeCloseTo(10 * before[2].millions);
      expect(busy[2].amounts['vcpuHours']).toBeGreaterThan(before[2].amounts['vcpuHours']);
      expect(busy[2].amounts['streamUnitHours']).toBeGreaterThan(before[2].amounts['streamUnitHours']);
    } finally {
      rmSync(own, { recursive: true });
    }
  });

  it('has more for more stores, and less for each event', () => {
    for (const columns of Object.values(costs()))
      for (const [at, column] of columns.slice(1).entries()) {
        expect(column.total).toBeGreaterThan(columns[at].total);
        expect(column.perMillion).toBeLessThan(columns[at].perMillion);
      }
  });
});
