import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { Engine, parseModel } from '@gondola/detect';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation, type SimulatedEvent } from '@gondola/simulate';
import { silentLog, silentObserver, systemClock } from '@gondola/stream';
import { createRegistry, createStockoutMetrics } from '@gondola/telemetry';
import { createDetectStage } from './detect.stage.js';
import { createDetect, detectServiceConfigSchema } from './index.js';
import { Outside } from './outside.js';
import { Shadow } from './shadow.js';
import { Outcomes } from './outcomes.js';

const ROOT = join(import.meta.dirname, '../../..');
const registry = loadEmbeddedRegistry(join(ROOT, 'schemas'));
const model = parseModel(readFileSync(join(ROOT, 'apps/gondola/models/hmm-2026.11.json'), 'utf8'));
const HOUR_MS = 3_600_000;
/** Midnight in the shops. */
const START_MS = Date.UTC(2026, 9, 1, 5);
const DAYS = 10;
/** 10 h of the last day; nothing of three quarters of a store's items is sold from then on, and it is 18 h at the end. */
const EMPTY_MS = START_MS + ((DAYS - 1) * 24 + 10) * HOUR_MS;
const END_MS = EMPTY_MS + 8 * HOUR_MS;

const shops = createSimulation({
  ...{ seed: 5, stores: 3, items: 60, startMs: START_MS, timeZone: 'America/Bogota' },
});
/** It sends tills alone, so that nothing else says what is there. */
const emptied = shops.stores[2].storeId;
const goneItems = new Set(shops.items.filter((_, index) => index % 4 > 0).map(({ itemId }) => itemId));

/** A till line that cannot be, for there is nothing left. */
function withoutGone(event: SimulatedEvent): SimulatedEvent | null {
  if (event.subject !== 'retail.pos.transaction' || event.key !== emptied || event.timeMs < EMPTY_MS)
    return event;
  const lines = event.event.lines.filter(({ itemId }) => !goneItems.has(itemId));
  return lines.length === 0 ? null : { ...event, event: { ...event.event, lines } };
}

describe('stockout metrics of a detect process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-stockouts-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
  const config = parseConfig('detect', detectServiceConfigSchema, {
    ...{ environment: 'dev', lake: join(folder, 'lake'), advanceByClock: false },
    stream: { file: join(folder, 'stream.sqlite') },
    metrics: { itemsMax: 8 },
  });
  const deps = {
    broker: createEmbeddedBroker(log, { batchBytesMax: 1_000_000 }),
    store: createLocalDiskStore(join(folder, 'lake')),
    ...{ registry, model, clock: systemClock, observer: silentObserver },
    ...{ log: silentLog, random: () => 0.5, memoryBytes: () => 0 },
  };
  const process = () => createDetect(config, deps, { once: true });

  beforeAll(async () => {
    log.createStream('events', 2);
    log.createStream('signals', 1);
    const records = shops
      .advanceTo(END_MS)
      .events.flatMap((event) => withoutGone(event) ?? [])
      .map(({ key, subject, event, timeMs }) => {
        const contract = registry.contractOf(subject);
        if (!contract) throw new Error(`no contract ${subject}`);
        return { key: Buffer.from(key), value: encodeAvro(contract, event), timestampMs: timeMs };
      });
    await createEmbeddedSink(log, 'events').append(records);
  });

  it('show the store that was emptied far beyond usual, no other, and are the same after a restart', async () => {
    const first = process();
    await first.service.run(new AbortController().signal);
    const metrics = createRegistry();
    createStockoutMetrics(metrics, 'detect', first.stockouts);
    const text = await metrics.metrics();
    const valueOf = (name: string, labels: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name}{${labels}`))
          ?.split(' ')[1],
      );
    const deviations = (storeId: string, [now, usual, stddev]: readonly string[]) => {
      const of = (name: string) => valueOf(`gondola_store_${name}`, `store="${storeId}"`);
      return (of(now) - of(usual)) / of(stddev);
    };
    const out = ['out_ratio', 'out_usual_ratio', 'out_usual_stddev_ratio'];
    const lost = ['lost_sales', 'lost_sales_usual', 'lost_sales_usual_stddev'].map(
      (name) => `${name}_per_hour`,
    );
    for (const { storeId } of shops.stores)
      for (const names of [out, lost]) {
        if (storeId === emptied) expect(deviations(storeId, names)).toBeGreaterThan(4);
        else expect(Math.abs(deviations(storeId, names))).toBeLessThan(3);
      }
    const items = [...text.matchAll(/gondola_item_out_stores\{item="(.*?)"\} [1-9]/g)].map(
      ([, item]) => item,
    );
    expect(items).toHaveLength(8);
    expect(items.filter((item) => goneItems.has(item)).length).toBeGreaterThan(4);
    expect(valueOf('gondola_store_open', `store="${emptied}"`)).toBe(1);
    expect(valueOf('gondola_detect_judged_timestamp_seconds', '')).toBeGreaterThan(END_MS / 1000 - 3 * 3600);
    expect(valueOf('gondola_detect_ticks_total', '')).toBeGreaterThan(3 * 24 * (DAYS - 1));

    const second = process();
    await second.service.run(new AbortController().signal);
    const { ticks: _, ...before } = first.stockouts();
    const { ticks: __, ...after } = second.stockouts();
    expect(after).toEqual(before);
  });

  it('leave with a partition that is handed over; what was judged stays counted', async () => {
    const outside = new Outside({
      ...{ timeZoneOf: () => undefined, cityOf: () => null, hoursOf: () => null, categoryOf: () => null },
    });
    const stage = createDetectStage({
      restore: async () => {
        const engine = new Engine({ environment: 'dev', model });
        engine.addShelf('s1', 'milk', null, START_MS);
        engine.advanceTo('s1', START_MS + 5 * HOUR_MS);
        const start = { engine, outside, position: 0n, until: 0n, marks: [], models: new Map() };
        const shadow = () =>
          new Shadow(engine, model, { environment: 'dev' }, new Outcomes(deps.store, 'dev'));
        return { ...start, shadow, made: { stream: 'events', setup: '', software: '' } };
      },
      ...{ note: () => {}, rivals: () => ({ champion: model, challenger: null }), advanceByClock: false },
      ...{ observer: silentObserver, sums: { senderOf: (partition) => partition, told: () => [] } },
    });
    await stage.assigned?.(new Map([['0', 0n]]));
    expect([stage.engines().length, stage.ticks()]).toEqual([1, 5]);
    await stage.assigned?.(new Map());
    expect([stage.engines().length, stage.ticks(), stage.checkedUntilMs()]).toEqual([0, 5, null]);
  });
});
