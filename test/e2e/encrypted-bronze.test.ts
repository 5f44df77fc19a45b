import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { readParquet, type Keyring } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { SHIPPED } from '../../apps/gondola/src/line.js';
import { lastLine, runGondola } from '../run-gondola.js';
import { badRecords, foundIn, goodEvents, goodRecords } from './planted.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const folder = mkdtempSync(join(tmpdir(), 'gondola-encrypted-'));
afterAll(() => rmSync(folder, { recursive: true }));

const keys = { k1: Buffer.alloc(32, 1), k2: Buffer.alloc(32, 2) };
const keyring: Keyring = { writing: 'k1', keys: new Map(Object.entries(keys)) };
const keyFile = (name: string, writing: string, ids: readonly (keyof typeof keys)[]) => {
  const lines = ids.map((id) => `  ${id}: ${keys[id].toString('base64')}`);
  writeFileSync(join(folder, name), [`writing: ${writing}`, 'keys:', ...lines].join('\n'));
  return join(folder, name);
};

function config(lake: string, keysAt: string | null): string {
  const path = join(folder, `${lake}-${keysAt ? 'keys' : 'plain'}.yaml`);
  writeFileSync(
    path,
    [
      'environment: dev',
      `lake: ${join(folder, lake)}`,
      `stream: { file: ${join(folder, 'stream.sqlite')} }`,
      'defaultSubject: retail.pos.transaction',
      `masking: { keyFile: ${join(folder, 'masking.key')} }`,
      'quarantine: { shareMax: 1 }',
      ...(keysAt ? [`bronze: { encryption: { keyFile: ${keysAt} } }`] : []),
    ].join('\n'),
  );
  return path;
}

const filesOf = (lake: string) =>
  readdirSync(join(folder, lake), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Rows of a table, in an order of their own, without when and how they were read. */
async function rowsOf(lake: string, table: string, ring?: Keyring): Promise<string[]> {
  const rows: string[] = [];
  for (const path of filesOf(lake).filter(
    (name) => name.includes(`/dev/${table}/`) && /part-.*\.parquet$/.test(name),
  ))
    for (const { ingest_time: _, ...row } of await readParquet(readFileSync(path), undefined, ring))
      rows.push(
        JSON.stringify(row, (__, value: unknown) => {
          if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
          return typeof value === 'bigint' ? String(value) : value;
        }),
      );
  return rows.sort();
}

it('nobody without the key reads a record, and with it everything is as it was', async () => {
  const registry = loadEmbeddedRegistry(SHIPPED.schemas);
  writeFileSync(join(folder, 'masking.key'), 'a key of at least thirty-two bytes!');
  const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
  log.createStream('events', 2);
  const records = goodEvents(registry, SHIPPED.schemas).flatMap((event) => [
    ...goodRecords(registry, event, NOW_MS),
    ...badRecords(registry, event, NOW_MS),
  ]);
  for (let at = 0; at < records.length; at += 100)
    await createEmbeddedSink(log, 'events').append(records.slice(at, at + 100));
  log.close();
  const plain = config('plain', null);
  const secret = config('secret', keyFile('keys.yaml', 'k1', ['k1']));
  for (const path of [plain, secret])
    expect((await runGondola(['ingest', '--config', path, '--once'])).code).toBe(0);

  const tables = ['bronze/events', 'quarantine', 'silver/retail.pos.transaction', 'silver/retail.web'];
  for (const table of tables) {
    expect(await rowsOf('secret', table, keyring)).toEqual(await rowsOf('plain', table));
    expect((await rowsOf('plain', table)).length).toBeGreaterThan(0);
  }
  // Whole files as they are stored, and each column that can be read without the key.
  for (const path of filesOf('secret')) {
    const bytes = readFileSync(path);
    expect([path, foundIn(bytes.toString('utf8'))]).toEqual([path, []]);
    const isRaw = /\/dev\/(bronze|quarantine)\/.*part-.*\.parquet$/.test(path);
    if (!isRaw) continue;
    for (const column of ['key', 'value', 'headers'])
      await expect(readParquet(bytes, [column])).rejects.toMatchObject({ name: 'SetupError' });
    const [place] = /quarantine/.test(path) ? ['source_position'] : ['position'];
    expect((await readParquet(bytes, [place])).length).toBeGreaterThan(0);
  }

  // The key has changed: the old one is only read with.
  const changed = config('secret', keyFile('changed.yaml', 'k2', ['k1', 'k2']));
  const silver = await rowsOf('secret', 'silver/retail.pos.transaction');
  for (const command of [['reconcile'], ['rebuild'], ['quarantine', 'replay'], ['reconcile']]) {
    const ended = await runGondola([...command, '--config', changed, '--json']);
    expect([command, ended.code, lastLine(ended)['ok']]).toEqual([command, 0, true]);
  }
  const lake = ['--lake', join(folder, 'secret'), '--keys', join(folder, 'changed.yaml'), '--json'];
  const listed = lastLine(await runGondola(['quarantine', 'list', ...lake]));
  expect(listed['total']).toBe((await rowsOf('plain', 'quarantine')).length);
  expect((await runGondola(['compact', '--table', 'bronze', ...lake])).code).toBe(0);
  expect(new Set(await rowsOf('secret', 'silver/retail.pos.transaction'))).toEqual(new Set(silver));

  for (const command of [
    ['rebuild', '--config', config('secret', null)],
    ['quarantine', 'list', '--lake', join(folder, 'secret')],
    ['quarantine', 'list', '--lake', join(folder, 'secret'), '--keys', keyFile('other.yaml', 'k1', ['k1'])],
  ]) {
    const { code, stderr } = await runGondola(command);
    expect([code, stderr]).toEqual([78, expect.stringMatching(/encrypted with the key "k[12]"/)]);
  }
  writeFileSync(join(folder, 'bad.yaml'), `writing: k1\nkeys: { k1: ${'x'.repeat(20)} }`);
  const bad = await runGondola(['ingest', '--config', config('other', join(folder, 'bad.yaml')), '--once']);
  expect(bad.code).toBe(78);
  expect(bad.stderr).toContain('bronze.encryption.keyFile');
  expect(bad.stderr).not.toContain('xxxx');
}, 900_000);
