import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readEventsFile, type ReplayBytes } from '@gondola/replay';
import { createSimulation } from '@gondola/simulate';
import { UsageError } from '../command.js';
import { simulate } from './simulate.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulate-'));
});
afterAll(() => rm(folder, { recursive: true }));

function run(args: readonly string[], signal = new AbortController().signal) {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: simulate.options,
    allowPositionals: true,
  });
  const context = { progress: () => undefined, say: () => undefined, signal };
  return simulate.run({ positionals, values }, context);
}

const START = '2026-03-02T00:00:00-05:00';
const SMALL = ['--stores', '3', '--items', '5', '--days', '3', '--seed', '9', '--start', START];

describe('gondola simulate', () => {
  it('writes what replay reads back: the same events, types, keys and times', async () => {
    const out = join(folder, 'events.ndjson.gz');
    const truth = join(folder, 'truth.csv');
    const summary = await run(['--out', out, '--truth', truth, ...SMALL]);

    const startMs = Date.parse(START);
    const expected = createSimulation({
      seed: 9,
      stores: 3,
      items: 5,
      startMs,
      timeZone: 'America/Bogota',
    }).advanceTo(startMs + 3 * 86_400_000);
    const records: ReplayBytes[] = [];
    for await (const record of readEventsFile(out)) records.push(record);
    expect(records.map(({ event }) => JSON.parse(Buffer.from(event).toString()) as unknown)).toEqual(
      expected.events.map(({ event }) => event),
    );
    expect(records.map(({ key, timeMs }) => [key, timeMs])).toEqual(
      expected.events.map(({ key, timeMs }) => [key, timeMs]),
    );
    expect(new Set(records.map(({ subject }) => subject))).toEqual(
      new Set([
        'retail.catalog.store',
        'retail.catalog.item',
        'retail.inventory.snapshot',
        'retail.inventory.movement',
        'retail.pos.transaction',
        'retail.replenishment.order',
        'retail.web.view_item',
        'retail.web.search',
        'retail.web.add_to_cart',
      ]),
    );
    const rows = (await readFile(truth, 'utf8')).trimEnd().split('\n');
    expect(rows[0]).toBe(
      'store_id,item_id,hour_start,on_hand_true,on_hand_record,out_of_stock,lost_units,empty_minutes,cause,closed,feed_dead',
    );
    expect(rows.length - 1).toBe(expected.truth.length);
    const [first] = expected.truth;
    expect(rows[1]).toBe(
      `S001,100001,2026-03-02T12:00:00.000Z,${first.onHandTrue},${first.onHandRecord},${Number(first.outOfStock)},${first.lostUnits},${first.emptyMinutes},${first.cause ?? ''},0,0`,
    );
    expect(summary).toMatchObject({ out, truth, days: 3, events: records.length, seed: 9 });
  });

  it('writes the same bytes again, packed or not', async () => {
    const [packed, plain] = [join(folder, 'a.ndjson.gz'), join(folder, 'b.ndjson')];
    await run(['--out', packed, ...SMALL]);
    await run(['--out', plain, ...SMALL]);
    expect(gunzipSync(await readFile(packed)).equals(await readFile(plain))).toBe(true);
  });

  it('lets happen what is asked for', async () => {
    const [out, truth] = [join(folder, 'closed.ndjson'), join(folder, 'closed.csv')];
    const summary = await run([
      '--out',
      out,
      '--truth',
      truth,
      ...SMALL,
      '--closures',
      '1',
      '--dead-feeds=.5',
    ]);
    expect(summary).toMatchObject({ scenarios: { closures: 1, deadFeeds: 0.5, promotions: 0 } });
    const rows = (await readFile(truth, 'utf8')).trimEnd().split('\n').slice(1);
    const flags = rows.map((row) => row.split(',').slice(-2));
    expect(flags.some(([closed]) => closed === '1')).toBe(true);
    expect(flags.some(([, feedDead]) => feedDead === '1')).toBe(true);
  });

  it('stops when told, with whole lines', async () => {
    const out = join(folder, 'stopped.ndjson');
    expect(await run(['--out', out, ...SMALL], AbortSignal.abort())).toMatchObject({ days: 0, events: 0 });
    expect(await readFile(out, 'utf8')).toBe('');
  });

  it.each([
    [[], '--out'],
    [['--out', ''], '--out'],
    [['--out', 'x', '--stores', '0'], '--stores'],
    [['--out', 'x', '--items', '1.5'], '--items'],
    [['--out', 'x', '--days', 'ten'], '--days'],
    [['--out', 'x', '--seed=-1'], '--seed'],
    [['--out', 'x', '--start', 'now'], '--start'],
    [['--out', 'x', '--closures', '2'], '--closures'],
    [['--out', 'x', '--dead-feeds', 'often'], '--dead-feeds'],
    [['x'], 'x'],
  ])('refuses %p and names %s', async (args, named) => {
    const refusal = run(args);
    await expect(refusal).rejects.toThrow(UsageError);
    await expect(refusal).rejects.toThrow(named);
  });
});
