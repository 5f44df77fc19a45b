import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { modelOf, modelText, parseModel } from '@gondola/detect';
import {
  createDetect,
  detectServiceConfigSchema,
  ModelRegistry,
  replaySignal,
  replayStart,
  signalDifferences,
} from '@gondola/detect-service';
import { signalOfRow, type Signal } from '@gondola/events';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { bronzeOfPartition } from '@gondola/lake-upkeep';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { indexFrom, silentLog, silentObserver, systemClock, type OutgoingRecord } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { MASKING_KEY } from '../../test/upkeep-lake.js';
import type { Summary } from '../command.js';
import { SHIPPED } from '../line.js';
import { upkeepOf } from '../upkeep-line.js';
import { explainSignal } from './explain-signal.js';

const START_MS = Date.UTC(2026, 9, 1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const END_MS = START_MS + 12 * DAY_MS;
const registry = loadEmbeddedRegistry(SHIPPED.schemas);
const shipped = parseModel(readFileSync(SHIPPED.filterModel, 'utf8'));
const eager = modelOf({ ...shipped.file, version: 'eager', calibration: { x: [0, 1], y: [0.3, 1] } });

const shops = createSimulation({
  seed: 11,
  stores: 3,
  items: 40,
  startMs: START_MS,
  timeZone: 'Asia/Kolkata',
});
const all = shops.advanceTo(END_MS).events.map(({ key, subject, event, timeMs }) => {
  const contract = registry.contractOf(subject);
  if (!contract) throw new Error(`no contract ${subject}`);
  const value = encodeAvro(contract, event);
  return { subject, record: { key: Buffer.from(key), value, timestampMs: timeMs } };
});
const isCatalog = ({ subject }: { subject: string }) => subject.startsWith('retail.catalog.');
const catalog = all.filter(isCatalog).map(({ record }) => record);
const events = all.filter((one) => !isCatalog(one)).map(({ record }) => record);

/**
 * A lake whose signals come from all that can happen: a catalog beside the stream, the clock, a model that is promoted, snapshots,
 * restarts, settings that change.
 */
class Line {
  readonly folder = mkdtempSync(join(tmpdir(), 'gondola-explain-'));
  readonly lake = join(this.folder, 'lake');
  readonly store = createLocalDiskStore(this.lake);
  private readonly log = EmbeddedLog.open(join(this.folder, 'stream.sqlite'));

  static async lived(): Promise<Line> {
    const line = new Line();
    for (const [stream, partitions] of [
      ['events', 2],
      ['catalog', 1],
      ['signals', 2],
    ] as const)
      line.log.createStream(stream, partitions);
    await line.feed('catalog', catalog);
    const models = new ModelRegistry(line.store, 'dev');
    // In the middle of a day of sales: what the hours before say is made known by the clock.
    const ends = [0, 2, 5, 8, 12].map((day) => (day === 0 ? 0 : START_MS + day * DAY_MS + 10 * HOUR_MS));
    const [first, second, third, fourth] = ends
      .slice(1)
      .map((end, part) => events.filter(({ timestampMs: at }) => at >= ends[part] && at < end));
    await line.feed('events', first);
    await line.detect({ snapshot: 400 });
    await line.silence(first);
    const { hash } = await models.add(modelText(eager));
    await models.promote(hash, START_MS);
    await line.feed('events', second);
    await line.detect({ snapshot: 700 });
    await line.feed('events', third);
    await line.detect({ raiseProbability: 0.7 });
    // It has nothing to say of this one.
    await line.silence(third, { raiseProbability: 0.7, turnsMax: 60 });
    await line.feed('events', fourth);
    await line.detect({ raiseProbability: 0.7 });
    await line.ingest();
    return line;
  }

  async signals(): Promise<Signal[]> {
    const rows: Signal[] = [];
    for (const file of (await readSnapshot(this.store, 'dev/signals'))?.files ?? []) {
      const bytes = await this.store.get(`dev/signals/${file.path}`);
      if (bytes) rows.push(...(await readParquet(bytes)).map(signalOfRow));
    }
    return rows;
  }

  async explain(
    signalId: string,
    values: Record<string, string | boolean> = {},
  ): Promise<Summary & { readonly lines: readonly string[] }> {
    const lines: string[] = [];
    const given = { lake: this.lake, environment: 'dev', lang: 'en', ...values };
    const summary: Summary = await explainSignal.run(
      { positionals: [signalId], values: given },
      { progress() {}, say: (line) => void lines.push(line), signal: new AbortController().signal },
    );
    return { ...summary, lines };
  }

  remove(): void {
    this.log.close();
    rmSync(this.folder, { recursive: true });
  }

  private async feed(stream: string, some: readonly OutgoingRecord[]): Promise<void> {
    const sink = createEmbeddedSink(this.log, stream);
    for (let at = 0; at < some.length; at += 40) await sink.append(some.slice(at, at + 40));
  }

  private service(options: { snapshot?: number; raiseProbability?: number; clock?: () => number }) {
    const config = parseConfig('detect', detectServiceConfigSchema, {
      environment: 'dev',
      lake: this.lake,
      stream: { file: join(this.folder, 'stream.sqlite') },
      reference: [{ name: 'catalog' }],
      advanceByClock: options.clock !== undefined,
      flush: { rowsMax: 60, ageMsMax: 50 },
      snapshot: { recordsMax: options.snapshot ?? 1_000_000 },
      // So that an hour that the clock ends has something to say.
      detection: { raiseProbability: options.raiseProbability ?? 0.6, raiseHours: 1 },
    });
    const deps = {
      broker: createEmbeddedBroker(this.log, { batchBytesMax: 30_000 }),
      ...{ store: this.store, registry, model: shipped, clock: systemClock, observer: silentObserver },
      ...{ log: silentLog, random: () => 0.5, memoryBytes: () => 0 },
      ...(options.clock && { eventNowMs: options.clock }),
    };
    return createDetect(config, deps, { once: options.clock === undefined }).service;
  }

  private detect(options: { snapshot?: number; raiseProbability?: number }): Promise<void> {
    return this.service(options).run(new AbortController().signal);
  }

  /** Nothing comes any more, and the clock goes on until something is said of it. */
  private async silence(
    after: readonly OutgoingRecord[],
    { raiseProbability = 0.6, turnsMax = 2_000 } = {},
  ): Promise<void> {
    const before = (await this.signals()).length;
    const stop = new AbortController();
    let nowMs = Math.max(...after.map(({ timestampMs }) => timestampMs));
    const clock = () => (nowMs += HOUR_MS);
    const running = this.service({ clock, raiseProbability }).run(stop.signal);
    for (let turn = 0; turn < turnsMax && (await this.signals()).length === before; turn++)
      await systemClock.sleep(30);
    stop.abort();
    await running;
  }

  private async ingest(): Promise<void> {
    const config = parseConfig('ingest', ingestConfigSchema, {
      environment: 'dev',
      lake: this.lake,
      stream: { file: join(this.folder, 'stream.sqlite') },
      masking: { keyFile: join(this.folder, 'masking.key') },
      flush: { rowsMax: 1_500, ageMsMax: 3_600_000 },
      quarantine: { shareMax: 1 },
    });
    const deps = {
      broker: createEmbeddedBroker(this.log, { batchBytesMax: 50_000 }),
      ...{ store: this.store, registry, maskingKey: MASKING_KEY, validated: null, observer: silentObserver },
      ...{ clock: createManualClock(END_MS, { autoAdvance: true }), eventNowMs: () => END_MS },
      ...{ log: silentLog, random: () => 0, memoryBytes: () => 0 },
    };
    await createIngest(config, deps, { once: true }).run(new AbortController().signal);
  }
}

describe('explain-signal', () => {
  let line: Line;
  let signals: Signal[];
  beforeAll(async () => {
    line = await Line.lived();
    signals = await line.signals();
  }, 600_000);
  afterAll(() => line.remove());

  /** One of each kind of place that a signal can come from. */
  function chosen(): Signal[] {
    const last = (isWanted: (signal: Signal) => boolean): Signal => {
      const found = signals.findLast(isWanted);
      if (!found) throw new Error('the lake has no such signal');
      return found;
    };
    const clocks = [...new Set(signals.map(({ receipt }) => receipt?.clockMs ?? 0))];
    const setups = [...new Set(signals.map(({ receipt }) => receipt?.setup))];
    expect(setups).toHaveLength(2);
    expect(clocks.length).toBeGreaterThan(1);
    return [
      ...clocks.map((clockMs) => last(({ receipt }) => (receipt?.clockMs ?? 0) === clockMs)),
      ...setups.map((setup) => last(({ receipt }) => receipt?.setup === setup)),
      last(({ modelVersion }) => modelVersion === shipped.version),
      last(({ kind, modelVersion }) => kind === 'coming' && modelVersion === 'eager'),
      ...new Set(signals.map(({ kind }) => signals.find((one) => one.kind === kind) ?? last(() => true))),
    ];
  }

  it('says what a signal says, in two languages', async () => {
    const [signal] = chosen();
    const { lines, ok } = await line.explain(signal.signalId);
    expect(ok).toBe(true);
    expect(lines.join('\n')).toMatch(/log-odds[^]*sum: [^]*made from events\/[01], position \d+/);
    const weights = signal.evidence.reduce((sum, { weight }) => sum + weight, 0);
    expect(lines.join('\n')).toContain(weights.toFixed(3));
    expect((await line.explain(signal.signalId, { lang: 'es' })).lines.join('\n')).toContain('tienda');
    await expect(line.explain('nobody')).rejects.toMatchObject({ code: 'input_invalid' });
  });

  it.each([true, false])(
    'reaches every kind of signal again from bronze (from the start: %s)',
    async (fromStart) => {
      for (const { signalId, storeId, itemId } of chosen()) {
        const found = await line.explain(signalId, { replay: true, 'from-start': fromStart });
        expect({ signalId, ...found }).toMatchObject({
          signalId,
          differences: [],
          verdict: 'same',
          ok: true,
        });
        if (fromStart) expect(found).toMatchObject({ replayedFrom: { kind: 'beginning', position: '0' } });
        expect(storeId + itemId).not.toBe('');
      }
    },
    600_000,
  );

  it('names what differs when a record, a model or a contract is not what it was, and what is missing', async () => {
    const [signal] = chosen();
    const model = join(line.lake, 'dev/_models', `${signal.receipt?.modelHash}.json`);
    const text = readFileSync(model, 'utf8');
    const again = () => line.explain(signal.signalId, { replay: true, 'from-start': true });
    writeFileSync(model, modelText(modelOf({ ...shipped.file, version: 'forged' })));
    await expect(again()).rejects.toMatchObject({ code: 'model_invalid' });
    rmSync(model);
    await expect(again()).rejects.toMatchObject({ code: 'model_invalid' });
    writeFileSync(model, text);

    const bronze = join(line.lake, 'dev/bronze/events');
    const files = readdirSync(bronze, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.parquet'),
    );
    expect(files.length).toBeGreaterThan(2);
    const kept = readFileSync(join(bronze, files[0]));
    rmSync(join(bronze, files[0]));
    await expect(again()).rejects.toMatchObject({ code: 'lake_corrupt' });
    writeFileSync(join(bronze, files[0]), kept);
    expect(await again()).toMatchObject({ ok: true });
  }, 600_000);

  it('says that it differs when one record of the shelf was another', async () => {
    const signal = signals.findLast(({ kind, receipt }) => kind === 'recovered' && receipt?.clockMs === null);
    if (!signal?.receipt) throw new Error('the lake has no such signal');
    const { receipt } = signal;
    const values = { lake: line.lake, environment: 'dev' };
    const deps = upkeepOf(values, { progress() {}, say() {}, signal: new AbortController().signal });
    const bronze = await bronzeOfPartition(deps, receipt.stream, receipt.partition);
    const start = await replayStart(deps, receipt, true);
    async function* tampered(from: bigint, to: bigint) {
      for await (const records of bronze.read(from, to)) {
        const at = indexFrom(records, BigInt(receipt.position));
        // The record that made it known: it speaks no more.
        const valueLength = records.valueLength.map((length, index) => (index === at ? 0 : length));
        yield { ...records, valueLength };
      }
    }
    const replay = { ...deps, registry, read: tampered };
    expect((await replaySignal(replay, { ...signal, receipt }, start)).signal).toBeNull();
    const untouched = { ...replay, read: (from: bigint, to: bigint) => bronze.read(from, to) };
    const { signal: same, inputs } = await replaySignal(untouched, { ...signal, receipt }, start);
    expect(same && (await signalDifferences(signal, same))).toEqual([]);
    expect(same && (await signalDifferences({ ...signal, probability: 0.5 }, same))).toMatchObject([
      { field: 'probability', published: 0.5 },
    ]);
    expect(inputs.length).toBeGreaterThan(3);
    expect(() => bronze.requireFrom(0n, 1n << 40n)).toThrow(/ingest has not come so far/);
  }, 600_000);
});
