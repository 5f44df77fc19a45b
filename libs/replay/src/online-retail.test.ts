import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readOnlineRetail, type OnlineRetailRecord } from './online-retail.js';

const REAL_FILE = resolve(import.meta.dirname, '../../../../shared/data/online_retail.csv.gz');
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

/** What the reader makes of a line; its values may be text where the file is odd. */
interface SentEvent {
  readonly eventId: string;
  readonly sequenceNumber: number;
  readonly businessDayDate: unknown;
  readonly beginDateTime: unknown;
  readonly transactionType: string;
  readonly customerId: string | null;
  readonly lines: readonly [
    {
      readonly itemId: string;
      readonly lineType: string;
      readonly quantity: unknown;
      readonly unitPrice: unknown;
      readonly description: string | null;
    },
  ];
}

const sentBy = (record: OnlineRetailRecord) => record.event as SentEvent;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'online-retail-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function read(lines: readonly string[], name = 'file.csv'): Promise<OnlineRetailRecord[]> {
  const path = join(folder, name);
  const text = [HEADER, ...lines, ''].join('\n');
  await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return collect(readOnlineRetail(path));
}

const WHEN_MS = Date.UTC(2010, 11, 1, 8, 26);

describe('readOnlineRetail', () => {
  it('makes one transaction of a line', async () => {
    const [record] = await read(
      ['536365,85123A,"HEART ""T-LIGHT"", WHITE ",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom'],
      'file.csv.gz',
    );
    expect(record).toEqual({
      key: 'online-retail-uk',
      subject: 'retail.pos.transaction',
      encoding: 'json',
      timeMs: WHEN_MS,
      lineNumber: 1,
      event: {
        eventId: 'online-retail:1',
        retailStoreId: 'online-retail-uk',
        workstationId: 'web',
        sequenceNumber: 1,
        businessDayDate: 14_944,
        beginDateTime: WHEN_MS,
        transactionType: 'SALE',
        currencyCode: 'GBP',
        operatorId: null,
        customerId: '17850.0',
        loyaltyId: null,
        lines: [
          {
            lineSequence: 1,
            lineType: 'SALE',
            itemId: '85123A',
            gtin: null,
            description: 'HEART "T-LIGHT", WHITE ',
            merchandiseGroup: null,
            quantity: 6,
            unitPrice: 2.55,
            promotionId: null,
          },
        ],
      },
    });
  });

  it.each([
    ['C536379', '-1', 'RETURN', 1],
    ['C536379', '3', 'SALE', 3],
    ['C536379', '0', 'SALE', 0],
    ['536589', '-10', 'SALE', -10],
    ['A563186', '1', 'SALE', 1],
    ['536365', '', 'SALE', ''],
    ['536365', 'six', 'SALE', 'six'],
    ['536365', '0x10', 'SALE', '0x10'],
    ['536365', 'Infinity', 'SALE', 'Infinity'],
    ['536365', '1.5e2', 'SALE', 150],
  ])('invoice %s with quantity "%s" is a %s of %p', async (invoice, quantity, type, sent) => {
    const [record] = await read([`${invoice},A,B,${quantity},2010-12-01 08:26:00,1,1,UK`]);
    const event = sentBy(record);
    expect([event.transactionType, event.lines[0].lineType, event.lines[0].quantity]).toEqual([
      type,
      type,
      sent,
    ]);
  });

  it.each([
    ['2010-12-01 08:26:00', WHEN_MS],
    ['2010-12-01 08:26', WHEN_MS],
    ['12/1/2010 8:26', WHEN_MS],
    ['2010-02-31 08:26:00', '2010-02-31 08:26:00'],
    ['2010-12-01 24:00:00', '2010-12-01 24:00:00'],
    ['yesterday', 'yesterday'],
    ['', ''],
  ])('date "%s" is sent as %p', async (date, sent) => {
    const [record] = await read([`1,A,B,1,${date},1,1,UK`]);
    expect(sentBy(record).beginDateTime).toBe(sent);
    expect(sentBy(record).businessDayDate).toBe(typeof sent === 'number' ? 14_944 : sent);
  });

  it('sends lines that are cut short or too long, and counts every line', async () => {
    const records = await read(['1,A', '2,A,B,1,2010-12-01 08:26:00,-1,,UK,more', '3,A,,1,?,x,1,UK']);
    expect(records.map((record) => record.lineNumber)).toEqual([1, 2, 3]);
    expect(sentBy(records[0]).lines[0]).toMatchObject({ itemId: 'A', quantity: '', unitPrice: '' });
    expect(sentBy(records[1])).toMatchObject({ customerId: null, lines: [{ unitPrice: -1 }] });
    expect(sentBy(records[2]).lines[0]).toMatchObject({ description: null, unitPrice: 'x' });
    // A line without a time was sent when the one before it was.
    expect(records.map((record) => record.timeMs)).toEqual([0, WHEN_MS, WHEN_MS]);
  });

  it('refuses a file that is another, missing, empty or damaged', async () => {
    const write = async (name: string, bytes: string | Uint8Array) => {
      await writeFile(join(folder, name), bytes);
      return collect(readOnlineRetail(join(folder, name)));
    };
    await expect(write('other.csv', 'a,b\n1,2\n')).rejects.toThrow('not the Online Retail file');
    await expect(write('empty.csv', '')).rejects.toThrow('not the Online Retail file');
    await expect(collect(readOnlineRetail(join(folder, 'none.csv')))).rejects.toThrow('ENOENT');
    const whole = gzipSync(`${HEADER}\n${'1,A,B,1,2010-12-01 08:26:00,1,1,UK\n'.repeat(10_000)}`);
    await expect(write('cut.csv.gz', whole.subarray(0, whole.length / 2))).rejects.toThrow(
      'unexpected end of file',
    );
  });
});

const onRealFile = existsSync(REAL_FILE) ? it : it.skip;

describe('the real file (skipped where ../shared/data is absent)', () => {
  onRealFile(
    'has 541,909 lines, odd ones among them, and none is left out',
    async () => {
      const counts = {
        lines: 0,
        returns: 0,
        negative: 0,
        negativePrice: 0,
        freePrice: 0,
        anonymous: 0,
        nameless: 0,
      };
      let text = 0;
      let lastMs = 0;
      for await (const record of readOnlineRetail(REAL_FILE)) {
        const event = sentBy(record);
        const [line] = event.lines;
        counts.lines++;
        if (event.eventId !== `online-retail:${counts.lines}` || event.sequenceNumber !== counts.lines) {
          throw new Error(`line ${counts.lines} is ${event.eventId}`);
        }
        if (record.timeMs < lastMs) throw new Error(`line ${counts.lines} is earlier than the one before`);
        lastMs = record.timeMs;
        if (event.transactionType === 'RETURN') counts.returns++;
        if (Number(line.quantity) <= 0) counts.negative++;
        if (Number(line.unitPrice) < 0) counts.negativePrice++;
        if (line.unitPrice === 0) counts.freePrice++;
        if (event.customerId === null) counts.anonymous++;
        if (line.description === null) counts.nameless++;
        if ([line.quantity, line.unitPrice, event.beginDateTime].some((value) => typeof value !== 'number'))
          text++;
      }
      expect(counts).toEqual({
        lines: 541_909,
        returns: 9_288,
        negative: 1_336,
        negativePrice: 2,
        freePrice: 2_515,
        anonymous: 135_080,
        nameless: 1_454,
      });
      expect(text).toBe(0);
    },
    900_000,
  );
});
