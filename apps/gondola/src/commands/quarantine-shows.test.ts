import { join } from 'node:path';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import type { OutgoingRecord } from '@gondola/stream';
import { unmappedHeaders } from '@gondola/validate';
import { context, POS, sale, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { quarantine } from './quarantine.js';

interface Listed {
  readonly total: number;
  readonly pages: number;
  readonly by: Readonly<Record<string, readonly { name: string; count: number }[]>>;
  readonly rows: readonly { id: string; reason: string; replays: number }[];
}

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
