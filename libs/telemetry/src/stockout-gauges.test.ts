import { Registry } from 'prom-client';
import { createStockoutMetrics, METRICS, type StockoutNumbers } from './index.js';

const level = (now: number) => ({ now, usual: 0.0512345678, stddev: 0.01 });

const storeOf = (storeId: string, out = 0.25): StockoutNumbers['stores'][number] => ({
  ...{ storeId, currency: 'EUR', shelves: 400 },
  ...{ out: level(out), phantom: level(0), coming: level(0.1), lostPerHour: level(12.345678) },
  ...{ isOpen: true, opensInMs: 0, isFeedDead: false, isClosed: false },
});

const NOTHING: StockoutNumbers = {
  ...{ stream: 'events', ticks: 0, judgedUntilMs: null },
  ...{ stores: [], storesBeyond: 0, items: [], categories: [] },
};

describe('stockout metrics', () => {
  it('are what is told at the scrape, and what is not told any more is gone', async () => {
    const registry = new Registry();
    let numbers: StockoutNumbers = {
      ...{ stream: 'events', ticks: 48, judgedUntilMs: 1_767_600_000_000 },
      stores: [storeOf('s1'), { ...storeOf('s2'), isOpen: false, opensInMs: 7_200_000, isFeedDead: true }],
      storesBeyond: 3,
      items: [{ itemId: 'milk "1 l"', outStores: 2, lostPerHour: new Map([['EUR', 9.876]]) }],
      categories: [{ category: 'dairy', outShare: 0.123456789, lostPerHour: new Map([['EUR', 100]]) }],
    };
    createStockoutMetrics(registry, 'detect', () => numbers);
    const shown = async () => (await registry.metrics()).split('\n').filter((line) => /^gondola/.test(line));
    expect(await shown()).toEqual(
      expect.arrayContaining([
        'gondola_store_shelves{store="s1"} 400',
        'gondola_store_out_ratio{store="s1"} 0.25',
        'gondola_store_out_usual_ratio{store="s1"} 0.05123',
        'gondola_store_lost_sales_per_hour{store="s1",currency="EUR"} 12.35',
        'gondola_store_opens_in_seconds{store="s2"} 7200',
        'gondola_store_feed_dead{store="s1"} 0',
        'gondola_store_feed_dead{store="s2"} 1',
        'gondola_stores_beyond_limit 3',
        'gondola_item_lost_sales_per_hour{item="milk \\"1 l\\"",currency="EUR"} 9.88',
        'gondola_item_out_stores{item="milk \\"1 l\\""} 2',
        'gondola_category_out_ratio{category="dairy"} 0.12346',
        'gondola_detect_judged_timestamp_seconds{pipeline="detect",stream="events"} 1767600000',
        'gondola_detect_ticks_total{pipeline="detect",stream="events"} 48',
      ]),
    );
    numbers = { ...NOTHING, ticks: 50, stores: [{ ...storeOf('s2', 0.5), currency: null }] };
    const later = await shown();
    expect(later.filter((line) => line.includes('store="s1"'))).toEqual([]);
    expect(later).toContain('gondola_store_out_ratio{store="s2"} 0.5');
    expect(later.filter((line) => /lost_sales|item|category|judged/.test(line))).toEqual([]);
    expect(later).toContain('gondola_detect_ticks_total{pipeline="detect",stream="events"} 50');
  });

  it('ask once a scrape', async () => {
    const registry = new Registry();
    let asked = 0;
    createStockoutMetrics(registry, 'detect', () => ({ ...NOTHING, ticks: ++asked }));
    const before = asked;
    await registry.metrics();
    expect(asked).toBe(before + 1);
  });

  it('alone name stores, items and categories, and items only among the few that lose most', () => {
    const specs = Object.values(METRICS);
    const withLabel = (label: string) =>
      specs.filter(({ labels }) => (labels as readonly string[]).includes(label)).map(({ name }) => name);
    expect(withLabel('item')).toEqual(['gondola_item_lost_sales_per_hour', 'gondola_item_out_stores']);
    expect(withLabel('category').every((name) => name.startsWith('gondola_category_'))).toBe(true);
    expect(withLabel('store').every((name) => name.startsWith('gondola_store_'))).toBe(true);
  });
});
