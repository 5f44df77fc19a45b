import { join } from 'node:path';
import { readConfigFile } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { ingestConfigSchema } from '@gondola/ingest';
import { columnarEncoder } from '@gondola/lake-parquet';
import { compact } from '@gondola/lake-upkeep';
import { createJudge, replay } from '@gondola/quarantine';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { silentLog, systemClock, type ObjectStore, type OutgoingRecord } from '@gondola/stream';
import { Death, dyingStore } from '@gondola/testing';
import { unmappedHeaders } from '@gondola/validate';
import {
  context,
  DAY_MS,
  MASKING_KEY,
  POS,
  records,
  sale,
  START_MS,
  UpkeepLake,
} from '../../test/upkeep-lake.js';
import { UsageError } from '../command.js';
import { quarantine } from './quarantine.js';
import { rebuild } from './rebuild.js';
import { reconcile } from './reconcile.js';

const ALL = { reasons: null, subject: null, sinceMs: -Infinity, untilMs: Infinity };

interface Listed {
  readonly total: number;
  readonly pages: number;
  readonly by: Readonly<Record<string, readonly { name: string; count: number }[]>>;
  readonly rows: readonly { id: string; reason: string; replays: number }[];
}

const QUIET = { signal: context.signal, onProgress() {} };

describe('quarantine', () => {
  let lake: UpkeepLake;
  beforeEach(async () => {
    lake = new UpkeepLake();
    await lake.send(records(0, 100));
    await lake.ingest(START_MS);
    await lake.send(records(100, 100));
    await lake.ingest(START_MS + DAY_MS);
  });
  afterEach(() => lake.remove());

  const run = (positionals: readonly string[], values: Record<string, string | boolean> = {}) =>
    quarantine.run(
      { positionals, values: { config: lake.config(), rows: '20', page: '1', ...values } },
      context,
    );
  const listed = async (values = {}) => (await run(['list'], values)) as unknown as Listed;
  const reconciled = async () => {
    const { ok, findings } = (await reconcile.run(
      { positionals: [], values: { config: lake.config() } },
      context,
    )) as { ok: unknown; findings: unknown };
    return { ok, findings };
  };
  const BALANCED = { ok: true, findings: [] };
  const rowsBy = async (reason: string) =>
    (await lake.rows('dev/quarantine')).filter((row) => row['reason'] === reason);
  const refusedSales = async () =>
    (await rowsBy('rule_broken'))
      .map((row) => JSON.parse(Buffer.from(row['value'] as Uint8Array).toString()) as ReturnType<typeof sale>)
      .filter(({ sequenceNumber }) => sequenceNumber >= 100);
  /** The same sale with as many units as may be. */
  const mended = (refused: ReturnType<typeof sale>): OutgoingRecord => ({
    key: Buffer.from(refused.retailStoreId),
    value: Buffer.from(JSON.stringify({ ...refused, lines: sale(3, START_MS, 2).lines })),
    timestampMs: START_MS + DAY_MS,
  });
  /** Sales as `store till sequence`, each once or it would be doubled. */
  const sales = async () => {
    const all = (await lake.rows(`dev/silver/${POS}`)).map(
      (row) => `${row['sequence_number']} ${row['line_sequence']}`,
    );
    expect(all.sort()).toEqual([...new Set(all)].sort());
    return all;
  };
  /** A replay on another store, as the command does it. */
  const replayOn = (store: ObjectStore, times: object = {}) => {
    const deps = {
      store,
      encoder: columnarEncoder,
      clock: systemClock,
      log: silentLog,
      environment: 'dev',
      progress() {},
    };
    const registry = loadEmbeddedRegistry(lake.schemas);
    const config = readConfigFile(lake.config(), ingestConfigSchema);
    const judge = createJudge(config, { ...deps, registry, maskingKey: MASKING_KEY });
    const options = { stream: 'events', filter: { ...ALL, ...times }, dryRun: false, force: false };
    return replay(deps, judge, options, QUIET);
  };

  async function compactQuarantine(): Promise<void> {
    const { store } = lake;
    const deps = { store, encoder: columnarEncoder, clock: systemClock, log: silentLog, environment: 'dev' };
    await compact({ ...deps, progress() {} }, 'dev/quarantine', {
      targetBytes: 1 << 27,
      dates: { first: null, last: null },
      zOrder: null,
      dryRun: false,
      signal: context.signal,
    });
  }

  it('is listed by reason, subject, field and producer, and page by page', async () => {
    const all = await listed({ rows: '5' });
    const rows = await lake.rows('dev/quarantine');
    expect(all.total).toBe(rows.length);
    expect(all.pages).toBe(Math.ceil(rows.length / 5));
    expect(Object.fromEntries(all.by['reason'].map(({ name, count }) => [name, count]))).toEqual({
      rule_broken: (await rowsBy('rule_broken')).length,
      framing_unknown: (await rowsBy('framing_unknown')).length,
    });
    expect(all.by['pointer'].map(({ name }) => name).sort()).toEqual(['(record)', '/lines/*/quantity']);
    expect(all.by['producer']).toEqual([expect.objectContaining({ name: 'events', count: rows.length })]);
    const ids: string[] = [];
    for (let page = 1; page <= all.pages; page++)
      ids.push(...(await listed({ rows: '5', page: String(page) })).rows.map(({ id }) => id));
    expect(new Set(ids).size).toBe(rows.length);
    const second = await listed({ since: '2026-11-23', reason: 'rule_broken' });
    expect(second.total).toBeGreaterThan(0);
    expect(second.total).toBeLessThan((await rowsBy('rule_broken')).length);
  });

  it('goes to silver once after the contract was mended, and everything balances', async () => {
    // Some were sent again with fewer units before the contract was mended: these stand.
    const again = (await refusedSales()).slice(0, 2);
    await lake.send(again.map((one) => mended(one)));
    await lake.ingest(START_MS + DAY_MS);
    const before = await sales();
    const refused = (await rowsBy('rule_broken')).length;
    lake.acceptMore();
    const tables = await lake.answers();
    const dry = await run(['replay'], { 'dry-run': true });
    expect(await lake.answers()).toEqual(tables);
    const done = await run(['replay']);
    expect(dry).toMatchObject({ passed: done['passed'], reasons: done['reasons'] });
    const known = await rowsBy('event_known');
    expect(known).toHaveLength(new Set(again.map(({ eventId }) => eventId)).size);
    expect(await rowsBy('rule_broken')).toEqual([]);
    expect(done).toMatchObject({
      ok: true,
      passed: refused - known.length,
      reasons: { rule_broken: { rows: refused, passed: refused - known.length } },
    });
    expect((await sales()).length).toBeGreaterThan(before.length);
    expect(await sales()).toEqual(expect.arrayContaining(before));
    expect(await reconciled()).toEqual(BALANCED);

    const after = await lake.answers();
    expect(await run(['replay'], { reason: 'rule_broken,event_known' })).toMatchObject({ passed: 0 });
    expect((await lake.answers())[`silver/${POS}`]).toEqual(after[`silver/${POS}`]);
    await rebuild.run({ positionals: [], values: { config: lake.config() } }, context);
    expect((await lake.answers())[`silver/${POS}`]).toEqual(after[`silver/${POS}`]);
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('keeps what is refused again, counts how often, and at last leaves it alone', async () => {
    const before = await lake.rows('dev/quarantine');
    for (let time = 1; time <= 5; time++) {
      expect(await run(['replay'])).toMatchObject({ records: before.length, passed: 0 });
      const rows = await lake.rows('dev/quarantine');
      expect(rows).toHaveLength(before.length);
      expect(rows.every((row) => row['replay_count'] === time)).toBe(true);
    }
    expect(await run(['replay'])).toMatchObject({ records: 0, leftAlone: before.length });
    lake.acceptMore();
    expect(await run(['replay'], { reason: 'rule_broken' })).toMatchObject({ records: 0 });
    const forced = await run(['replay'], { reason: 'rule_broken', force: true });
    expect(forced['passed']).toBeGreaterThan(0);
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('takes all that was chosen, though one file holds more than goes in one step', async () => {
    const value = Buffer.alloc(4 << 20, 'g');
    const large = Array.from({ length: 10 }, () => ({ key: null, value, timestampMs: START_MS + DAY_MS }));
    await lake.send(large);
    await lake.ingest(START_MS + DAY_MS);
    await compactQuarantine();
    const before = await lake.rows('dev/quarantine');
    expect(await run(['replay'])).toMatchObject({ records: before.length });
    const rows = await lake.rows('dev/quarantine');
    expect(rows.map((row) => row['replay_count'])).toEqual(new Array(before.length).fill(1));
  });

  it('takes only what was chosen, though files hold more', async () => {
    await compactQuarantine();
    lake.acceptMore();
    const garbage = await rowsBy('framing_unknown');
    expect(await run(['replay'], { until: '2026-11-22T12:00', subject: POS })).toMatchObject({ ok: true });
    const left = await rowsBy('rule_broken');
    expect(left.length).toBeGreaterThan(0);
    expect(left.every((row) => row['ingest_date'] === '2026-11-23')).toBe(true);
    expect((await rowsBy('framing_unknown')).length).toBe(garbage.length);
    await run(['replay'], { subject: POS });
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is put right by the next run wherever a replay is killed', async () => {
    lake.acceptMore();
    let deaths = 0;
    for (let survives = 0; ; survives++) {
      const died = await replayOn(dyingStore(lake.store, survives)).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Death)) throw error;
          return true;
        },
      );
      await sales();
      if (!died) break;
      deaths++;
    }
    expect(deaths).toBeGreaterThan(2);
    expect(await rowsBy('rule_broken')).toEqual([]);
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is in silver once when the event comes again while it is replayed, whoever is first', async () => {
    const [refused] = await refusedSales();
    lake.acceptMore();
    // Ingest has read the event when the replay commits: it is fenced and finds that it is known.
    await lake.send([mended(refused)]);
    const behind = beforeFirstSilverCommit(lake.store, async () => {
      await replayOn(lake.store);
    });
    await lake.ingest(START_MS + DAY_MS, 'dev', { store: behind });
    // Units are decimals of three places.
    const twice = (await lake.rows(`dev/silver/${POS}`)).filter(
      (row) => Number(row['sequence_number']) === refused.sequenceNumber,
    );
    expect(twice.map((row) => Number(row['quantity']))).toEqual(refused.lines.map(() => 500_000_000));
    await sales();
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is held back when ingest was first, though the replay had looked before', async () => {
    const [refused] = await refusedSales();
    lake.acceptMore();
    const store = beforeFirstSilverCommit(lake.store, async () => {
      await lake.send([mended(refused)]);
      await lake.ingest(START_MS + DAY_MS);
    });
    await replayOn(store);
    const rows = (await lake.rows(`dev/silver/${POS}`)).filter(
      (row) => Number(row['sequence_number']) === refused.sequenceNumber,
    );
    expect(rows.map((row) => Number(row['quantity']))).toEqual([2_000]);
    await sales();
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is in silver once when two replays take two records of it', async () => {
    const [refused] = await refusedSales();
    const value = Buffer.from(JSON.stringify(refused));
    await lake.send([{ key: Buffer.from(refused.retailStoreId), value, timestampMs: START_MS + DAY_MS }]);
    await lake.ingest(START_MS + 2 * DAY_MS);
    lake.acceptMore();
    const border = START_MS + 2 * DAY_MS;
    const store = beforeFirstSilverCommit(lake.store, async () => {
      await replayOn(lake.store, { untilMs: border });
    });
    expect(await replayOn(store, { sinceMs: border })).toMatchObject({ records: 1, passed: 0 });
    await sales();
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is shown from the files that may hold it: others are not read', async () => {
    const rows = await lake.rows('dev/quarantine');
    const far = rows.reduce((last, row) =>
      Number(row['source_position']) > Number(last['source_position']) ? row : last,
    );
    for (const { path, partitionValues } of (await lake.snapshot('dev/quarantine')).files)
      if (partitionValues['ingest_date'] !== far['ingest_date'])
        await lake.store.delete(`dev/quarantine/${path}`);
    const id = `events/${String(far['source_partition'])}/${String(far['source_position'])}`;
    expect(await run(['show', id])).toMatchObject({ id, reason: far['reason'] });
    await expect(run(['list'])).rejects.toMatchObject({ code: 'lake_corrupt' });
  });

  it('wants an action, a record, a configuration, and a choice that can be understood', async () => {
    const wrong: [readonly string[], Record<string, string>][] = [
      [[], {}],
      [['show'], {}],
      [['show', 'a/b/c'], {}],
      [['list', 'all'], {}],
      [['list'], { reason: 'bad' }],
      [['replay'], { since: 'yesterday' }],
      [['list'], { page: '0' }],
    ];
    for (const [positionals, values] of wrong)
      await expect(run(positionals, values)).rejects.toThrow(UsageError);
    await expect(quarantine.run({ positionals: ['replay'], values: {} }, context)).rejects.toThrow(
      UsageError,
    );
    await expect(run(['list'], { config: lake.config('qa') })).rejects.toThrow('no table qa/quarantine');
    await expect(run(['show', '987654321'])).rejects.toThrow('no record 987654321');
  });
});

describe('what quarantine shows', () => {
  const PLANTED = ['María Lopez-4711', 'maria.l@example.org', '573001234567'];
  let lake: UpkeepLake;
  beforeEach(() => {
    lake = new UpkeepLake();
  });
  afterEach(() => lake.remove());

  /** Whether a text holds a planted value, as it is or as its bytes. */
  function findsPlanted(text: string): string[] {
    const bare = text.replace(/\s/g, '').toLowerCase();
    return PLANTED.filter((value) => {
      const bytes = Buffer.from(value);
      const forms = [value, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('latin1')];
      return forms.some((form) => bare.includes(form.replace(/\s/g, '').toLowerCase()));
    });
  }

  function plantedRecords(): Record<string, OutgoingRecord> {
    const [name, mail, phone] = PLANTED;
    const good = { ...sale(1, START_MS, 2), customerId: name, loyaltyId: phone, operatorId: mail };
    const contract = loadEmbeddedRegistry(lake.schemas).contractOf(POS);
    if (!contract) throw new Error(POS);
    const avro = Buffer.from(encodeAvro(contract, { ...good, sequenceNumber: -1 }));
    const send = (value: string | Buffer, headers: Record<string, string> = {}): OutgoingRecord => ({
      key: Buffer.from(name),
      value: Buffer.from(value),
      headers: Object.entries(headers).map(([key, text]) => ({ key, value: Buffer.from(text) })),
      timestampMs: START_MS,
    });
    const json = (change: object) => JSON.stringify({ ...good, ...change });
    return {
      'rule broken': send(json({ currencyCode: 'PESOS' }), { 'x-user': mail, ce_source: '/tills/7' }),
      'wrong type': send(json({ sequenceNumber: [phone] })),
      'unknown fields': send(json({ sequenceNumber: 'x', customer: { name, mail }, phones: [phone, name] })),
      'a name as a field': send(json({ sequenceNumber: 'x', [mail]: 1, [phone]: name })),
      'cut off': send(json({}).slice(0, -20)),
      'no contract': send(json({}), { ce_type: 'shop.customer.moved' }),
      envelope: send(
        JSON.stringify({
          specversion: '1.0',
          type: POS,
          source: '/tills/7',
          subject: mail,
          data: { customerId: name },
        }),
      ),
      garbage: send(`id;${name};${mail};${phone}`),
      'avro, rule broken': send(avro),
      'avro, cut off': send(avro.subarray(0, avro.length - 9)),
      // Every field is read from where another one is.
      'avro, shifted': send(Buffer.concat([avro.subarray(0, 5), Buffer.from([2, 65]), avro.subarray(5)])),
    };
  }

  it('holds no personal value in any form, of any record', async () => {
    const planted = plantedRecords();
    await lake.send(Object.values(planted));
    await lake.ingest(START_MS);
    const said: string[] = [];
    const listening = { ...context, say: (text: string) => void said.push(text) };
    const values = { config: lake.config(), rows: '50', page: '1' };
    const list = await quarantine.run({ positionals: ['list'], values }, listening);
    expect(list['total']).toBe(Object.keys(planted).length);
    const shown: Record<string, unknown>[] = [];
    for (const { id } of (list as unknown as Listed).rows)
      shown.push(await quarantine.run({ positionals: ['show', id], values }, listening));
    expect(findsPlanted([...said, JSON.stringify([list, shown])].join('\n'))).toEqual([]);
    // The search finds what is there.
    expect(findsPlanted(Buffer.from(`x ${PLANTED[0]}`).toString('hex'))).toEqual([PLANTED[0]]);
    const broken = shown.find(({ pointer }) => pointer === '/currencyCode');
    expect(broken).toMatchObject({
      producer: '/tills/7',
      record: {
        subject: POS,
        fields: {
          currencyCode: 'PESOS',
          customerId: '(text of 16 characters)',
          lines: [{ itemId: 'I2' }, { itemId: 'I3' }],
        },
      },
    });
    const soFar = shown.filter(({ reason, record }) => {
      const { encoding, fields } = record as { encoding: string; fields: object };
      return reason === 'decode_failed' && encoding === 'avro' && 'sequenceNumber' in fields;
    });
    expect(soFar.length).toBeGreaterThan(0);
  });

  it('names the producer by its envelope, and one of several records at one position by its whole name', async () => {
    const envelope = { specversion: '1.0', type: POS, source: '/pos/envelope', id: '1', data: {} };
    const value = Buffer.from(JSON.stringify(envelope));
    const keys = ['S0', 'S1', 'S2', 'S3', 'S4'];
    await lake.send(keys.map((key) => ({ key: Buffer.from(key), value, timestampMs: START_MS })));
    await lake.ingest(START_MS);
    const values = { config: lake.config(), rows: '50', page: '1' };
    const { rows, by } = (await quarantine.run(
      { positionals: ['list'], values },
      context,
    )) as unknown as Listed;
    expect(by['producer']).toEqual([expect.objectContaining({ name: '/pos/envelope', count: 5 })]);
    expect(rows.filter(({ id }) => id.endsWith('/0'))).toHaveLength(2);
    await expect(quarantine.run({ positionals: ['show', '0'], values }, context)).rejects.toThrow(
      'events/0/0',
    );
    // Without a configuration, the contracts that are shipped are known.
    const alone = { lake: join(lake.folder, 'lake'), environment: 'dev', rows: '5', page: '1' };
    const one = await quarantine.run({ positionals: ['show', 'events/0/0'], values: alone }, context);
    expect(one).toMatchObject({ reason: 'schema_mismatch', id: 'events/0/0', producer: '/pos/envelope' });
    expect(one['explanation']).toContain('pointer');
  });

  it('names the field of a mapped format, and reads plain JSON without a configuration by the subject that was found', async () => {
    const mapped = unmappedHeaders(
      'mapper_field_invalid',
      '/Transaction/0/Ana Gómez/Quantity',
      'a\u001b[2J number',
    );
    const source = { key: 'ce_source', value: Buffer.from('/shop/poslog') };
    await lake.send([
      { key: null, value: Buffer.from('<POSLog/>'), timestampMs: START_MS, headers: [...mapped, source] },
      {
        key: null,
        value: Buffer.from(JSON.stringify({ ...sale(900, START_MS, 2), currencyCode: 'PESOS' })),
        timestampMs: START_MS,
      },
    ]);
    await lake.ingest(START_MS);
    const alone = { lake: join(lake.folder, 'lake'), environment: 'dev', rows: '20', page: '1' };
    const { rows, by } = (await quarantine.run(
      { positionals: ['list'], values: { ...alone, since: '1970-01-01' } },
      context,
    )) as unknown as Listed;
    expect(by['producer']).toContainEqual(expect.objectContaining({ name: '/shop/poslog', count: 1 }));
    const shown = await Promise.all(
      rows.map(({ id }) => quarantine.run({ positionals: ['show', id], values: alone }, context)),
    );
    expect(shown).toContainEqual(
      expect.objectContaining({ pointer: '/Transaction/0/*/Quantity', message: 'a[2J number' }),
    );
    expect(shown).toContainEqual(
      expect.objectContaining({
        pointer: '/currencyCode',
        record: expect.objectContaining({
          fields: expect.objectContaining({ currencyCode: 'PESOS' }) as unknown,
        }) as unknown,
      }),
    );
  });
});

function beforeFirstSilverCommit(store: ObjectStore, act: () => Promise<void>): ObjectStore {
  let isFirst = true;
  return {
    address: store.address,
    get: (path) => store.get(path),
    list: (folder, startAfter) => store.list(folder, startAfter),
    listAll: (folder) => store.listAll(folder),
    delete: (path) => store.delete(path),
    put: (path, bytes) => store.put(path, bytes),
    putIfAbsent: async (path, bytes) => {
      if (isFirst && path.startsWith(`dev/silver/${POS}/_delta_log/`)) {
        isFirst = false;
        await act();
      }
      return store.putIfAbsent(path, bytes);
    },
  };
}
