import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { modelOf, modelText, parseModel } from '@gondola/detect';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import {
  silentLog,
  silentObserver,
  systemClock,
  type Log,
  type ObjectStore,
  type OutgoingRecord,
} from '@gondola/stream';
import { Death, dyingStore } from '@gondola/testing';
import { createDetect, detectServiceConfigSchema, ModelRegistry, readOutcomes } from './index.js';
import { ModelSource } from './model-source.js';
import { Outcomes } from './outcomes.js';

const ROOT = join(import.meta.dirname, '../../..');
const registry = loadEmbeddedRegistry(join(ROOT, 'schemas'));
const read = (name: string) => readFileSync(join(ROOT, 'apps/gondola/models', name), 'utf8');
const shipped = parseModel(read('hmm-2026.11.json'));
const trees = parseModel(read('trees-2026.11.json'));
/** Of the same kind as the shipped one, and of other mind. */
const eager = modelOf({ ...shipped.file, version: 'eager', calibration: { x: [0, 1], y: [0.3, 1] } });
const START_MS = Date.UTC(2026, 9, 1);
const DAYS = 12;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function shopRecords(): OutgoingRecord[] {
  const shops = createSimulation({
    seed: 5,
    stores: 2,
    items: 20,
    startMs: START_MS,
    timeZone: 'America/Bogota',
  });
  return shops.advanceTo(START_MS + DAYS * 86_400_000).events.map(({ key, subject, event, timeMs }) => {
    const contract = registry.contractOf(subject);
    if (!contract) throw new Error(`no contract ${subject}`);
    return { key: Buffer.from(key), value: encodeAvro(contract, event), timestampMs: timeMs };
  });
}

const records = shopRecords();
const half = Math.floor(records.length / 2);

function line() {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-models-'));
  folders.push(folder);
  const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
  log.createStream('events', 2);
  log.createStream('signals', 2);
  const store = createLocalDiskStore(join(folder, 'lake'));
  return { folder, log, store, models: new ModelRegistry(store, 'dev') };
}
type Line = ReturnType<typeof line>;

interface RunOptions {
  readonly rowsMax?: number;
  readonly store?: ObjectStore;
  readonly once?: boolean;
  readonly logger?: Log;
  readonly onRefused?: (isRefused: boolean) => void;
}

function serviceOf({ folder, log, store }: Line, options: RunOptions = {}) {
  const config = parseConfig('detect', detectServiceConfigSchema, {
    environment: 'dev',
    lake: join(folder, 'lake'),
    stream: { file: join(folder, 'stream.sqlite') },
    advanceByClock: false,
    modelPollMs: 100,
    flush: { rowsMax: options.rowsMax ?? 1_000_000, ageMsMax: options.once === false ? 20 : 3_600_000 },
  });
  const broker = createEmbeddedBroker(log, { batchBytesMax: 20_000 });
  const deps = {
    ...{ broker, store: options.store ?? store, registry, model: shipped, clock: systemClock },
    ...{ log: options.logger ?? silentLog, random: () => 0.5, memoryBytes: () => 0 },
    observer: { ...silentObserver, modelRefused: (_: string, is: boolean) => options.onRefused?.(is) },
  };
  return createDetect(config, deps, { once: options.once ?? true }).service;
}

const drain = (one: Line, options: RunOptions = {}) =>
  serviceOf(one, options).run(new AbortController().signal);

async function feed({ log }: Line, some: readonly OutgoingRecord[]): Promise<void> {
  const sink = createEmbeddedSink(log, 'events');
  for (let at = 0; at < some.length; at += 40) await sink.append(some.slice(at, at + 40));
}

async function signalsOf({ store }: Line): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (const file of (await readSnapshot(store, 'dev/signals'))?.files ?? []) {
    const bytes = await store.get(`dev/signals/${file.path}`);
    if (bytes) rows.push(...(await readParquet(bytes)));
  }
  return rows;
}

const asText = (rows: readonly Record<string, unknown>[]) =>
  rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    )
    .sort();

const versionsOf = async (one: Line) =>
  [...new Set((await signalsOf(one)).map((row) => String(row['model_version'])))].sort();

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(10);
}

/** Half of the events by the shipped model, the other half by the one that was promoted in between. */
async function promotedHalfWay(second: (one: Line) => Promise<void>): Promise<Line> {
  const one = line();
  await feed(one, records.slice(0, half));
  await drain(one);
  const { hash } = await one.models.add(modelText(eager));
  await one.models.promote(hash, START_MS);
  await feed(one, records.slice(half));
  await second(one);
  one.log.close();
  return one;
}

describe('a promoted model', () => {
  const calm = promotedHalfWay((one) => drain(one));

  it('takes over where it was promoted, and the events are those of one model alone', async () => {
    expect(await versionsOf(await calm)).toEqual(['eager', 'hmm-2026.11']);
    const alone = line();
    await feed(alone, records);
    await drain(alone);
    const before = async (one: Line) =>
      asText((await signalsOf(one)).filter((row) => row['model_version'] === 'hmm-2026.11'));
    const mine = await before(await calm);
    expect(mine.length).toBeGreaterThan(0);
    const theirs = await before(alone);
    expect(mine.filter((row) => !theirs.includes(row))).toEqual([]);
    alone.log.close();
  });

  it.each([0, 1, 2, 4, 7])(
    'says the same when it dies at its write number %i after that',
    async (survives) => {
      const died = await promotedHalfWay(async (one) => {
        await drain(one, { rowsMax: 30, store: dyingStore(one.store, survives) }).catch((error: unknown) => {
          if (!(error instanceof Death)) throw error;
        });
        await drain(one);
      });
      expect(asText(await signalsOf(died))).toEqual(asText(await signalsOf(await calm)));
    },
  );

  it('is loaded while the service runs, and no event is lost or said twice', async () => {
    const one = line();
    await feed(one, records.slice(0, half));
    const stop = new AbortController();
    const said: string[] = [];
    const logger = { ...silentLog, info: (_fields: unknown, message: string) => void said.push(message) };
    const service = serviceOf(one, { once: false, logger });
    const running = service.run(stop.signal);
    await until(async () => (await versionsOf(one)).length === 1);
    const { hash } = await one.models.add(modelText(eager));
    await one.models.promote(hash, START_MS);
    await until(() => said.includes('models changed'));
    await feed(one, records.slice(half));
    await until(async () => (await versionsOf(one)).length === 2);
    stop.abort();
    await running;
    await drain(one);
    const rows = await signalsOf(one);
    const places = rows.map((row) => `${row['source_partition']} ${row['ordinal']}`);
    expect(new Set(places).size).toBe(places.length);
    const positions = (await readSnapshot(one.store, 'dev/signals'))?.transactions;
    const read = ['events/0', 'events/1'].map((partition) => Number(positions?.get(partition) ?? 0n));
    expect(read[0] + read[1]).toBe(records.length);
    one.log.close();
  });
});

describe('a model that cannot be used', () => {
  it.each([
    ['is of another format', modelText(eager).replace('"format":1', '"format":2')],
    ['was cut off', modelText(eager).slice(0, 5_000)],
    ['was made for other features', JSON.stringify(trees.file).replace('"hours_since_sale"', '"hours"')],
    ['is another than its name says', modelText(shipped)],
    ['is gone', null],
  ])('%s: the last good one goes on, and that is said once', async (_, text) => {
    const one = line();
    await feed(one, records.slice(0, half));
    const good = await one.models.add(modelText(eager));
    await one.models.promote(good.hash, START_MS);
    const bad = 'ab'.repeat(32);
    if (text !== null) await one.store.put(`dev/_models/${bad}.json`, Buffer.from(text));
    const errors: string[] = [];
    let refused = false;
    const service = serviceOf(one, {
      once: false,
      logger: { ...silentLog, error: (_fields, message) => errors.push(message) },
      onRefused: (isRefused) => (refused = isRefused),
    });
    const stop = new AbortController();
    const running = service.run(stop.signal);
    await until(async () => (await versionsOf(one)).length > 0);
    await one.models.promote(bad, START_MS);
    await until(() => refused);
    const before = (await signalsOf(one)).length;
    await feed(one, records.slice(half));
    await until(async () => (await signalsOf(one)).length > before);
    await systemClock.sleep(250);
    expect(errors).toEqual([expect.stringContaining('refused')]);
    expect(service.health().state).toBe('healthy');
    await one.models.rollback(START_MS);
    await until(() => !refused);
    stop.abort();
    await running;
    expect(await versionsOf(one)).toEqual(['eager']);
    one.log.close();
  });

  it('does not keep a service from starting: the champion before it scores', async () => {
    const one = line();
    const good = await one.models.add(modelText(eager));
    await one.models.promote(good.hash, START_MS);
    await one.models.promote('ab'.repeat(32), START_MS);
    await feed(one, records);
    await drain(one);
    expect(await versionsOf(one)).toEqual(['eager']);
    one.log.close();
  });
});

it('a model that was rolled back leaves the file that detect was given', async () => {
  const [one, other] = [line(), line()];
  const { hash } = await one.models.add(modelText(eager));
  await one.models.promote(hash, START_MS);
  const source = new ModelSource({
    ...{ registry: one.models, clock: systemClock, log: silentLog, shipped },
    ...{ onRefused: () => {}, onChanged: () => {} },
    outcomes: new Outcomes(one.store, 'dev'),
  });
  await source.refresh();
  expect(source.current().champion.hash).toBe(hash);
  await one.models.rollback(START_MS);
  await source.refresh();
  expect(source.current().champion).toBe(shipped);
  for (const each of [one, other]) {
    await feed(each, records.slice(0, half));
    await drain(each);
  }
  expect(asText(await signalsOf(one))).toEqual(asText(await signalsOf(other)));
  for (const each of [one, other]) each.log.close();
});

it('a challenger says nothing, and what both believed is kept wherever somebody looked', async () => {
  const [alone, beside] = [line(), line()];
  const { hash } = await beside.models.add(modelText(eager));
  await beside.models.challenge(hash, START_MS);
  for (const one of [alone, beside]) {
    await feed(one, records);
    await drain(one);
  }
  expect(asText(await signalsOf(beside))).toEqual(asText(await signalsOf(alone)));
  const bout = { champion: shipped.hash, challenger: hash };
  const outcomes = await readOutcomes(beside.store, 'dev', bout);
  expect(outcomes.length).toBeGreaterThan(20);
  expect(outcomes.some(({ isOut }) => isOut) && outcomes.some(({ isOut }) => !isOut)).toBe(true);
  // What the eager one adds to every probability of the same filter.
  for (const { champion, challenger } of outcomes) expect(challenger).toBeGreaterThan(0.999 * champion);
  for (const one of [alone, beside]) one.log.close();
});

describe('the models of a lake', () => {
  it('keep their history: promoted, promoted again, rolled back to the file that detect was given, and no further', async () => {
    const { models, log } = line();
    const hashes: string[] = [];
    for (const model of [shipped, eager, trees]) hashes.push((await models.add(modelText(model))).hash);
    expect([...(await models.hashes())].sort()).toEqual([...hashes].sort());
    expect(await models.find(hashes[1].slice(0, 8))).toBe(hashes[1]);
    await expect(models.find('zz')).rejects.toMatchObject({ code: 'input_invalid' });
    for (const hash of hashes) await models.promote(hash, START_MS);
    await models.challenge(hashes[0], START_MS);
    expect(await models.rollback(START_MS)).toMatchObject({ champion: hashes[1], challenger: hashes[0] });
    expect(await models.rollback(START_MS)).toMatchObject({ champion: hashes[0] });
    expect(await models.rollback(START_MS)).toMatchObject({ champion: null, challenger: hashes[0] });
    await expect(models.rollback(START_MS)).rejects.toMatchObject({ code: 'input_invalid' });
    const decisions = await models.decisions();
    expect(decisions.map(({ action }) => action)).toEqual([
      ...['promote', 'promote', 'promote', 'challenge', 'rollback', 'rollback', 'rollback'],
    ]);
    expect(decisions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await models.decisions(4)).toEqual(decisions.slice(4));
    log.close();
  });

  it('take one of two decisions that are made at the same time', async () => {
    const { models, log } = line();
    const both = await Promise.allSettled([
      models.promote(shipped.hash, START_MS),
      models.promote(eager.hash, START_MS),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find((one) => one.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'commit_conflict' });
    expect(await models.decisions()).toHaveLength(1);
    log.close();
  });

  it('refuse a file that is no model', async () => {
    const { models, log } = line();
    await expect(models.add('{"format":1')).rejects.toMatchObject({ code: 'model_invalid' });
    expect(await models.hashes()).toEqual([]);
    log.close();
  });
});
