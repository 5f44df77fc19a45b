import { GondolaError } from '@gondola/stream';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { openFile } from './open-file.js';
import type { ReplayEvent } from './replay-record.js';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const DAY_MS = 86_400_000;
/** The file is one web shop. */
const STORE_ID = 'online-retail-uk';

/** One line of the file as one transaction. Values that do not fit the contract are the text that stands there. */
export interface OnlineRetailRecord extends ReplayEvent {
  readonly encoding: 'json';
  /** Within the file, the header not counted: from 1. */
  readonly lineNumber: number;
}

/**
 * UCI "Online Retail" (.csv or .csv.gz, UTF-8) as one POS event a line, in the file's order. Nothing is cleaned and
 * nothing left out: what is odd must reach validation. Throws when the header is another or the file is damaged.
 */
export async function* readOnlineRetail(path: string): AsyncGenerator<OnlineRetailRecord> {
  const parser = parse({ bom: true, relax_column_count: true, relax_quotes: true });
  // Errors of the file reach the loop below through the parser.
  pipeline(openFile(path), parser, () => undefined);
  let lineNumber = -1;
  let timeMs = 0;
  for await (const fields of parser as AsyncIterable<string[]>) {
    lineNumber++;
    if (lineNumber === 0) {
      checkHeader(fields.join(','));
      continue;
    }
    const record = recordOf(lineNumber, fields, timeMs);
    timeMs = record.timeMs;
    yield record;
  }
  if (lineNumber < 0) checkHeader('');
}

function checkHeader(header: string): void {
  if (header === HEADER) return;
  throw new GondolaError(
    'input_invalid',
    `not the Online Retail file: its first line is not "${HEADER}"`,
    false,
  );
}

function recordOf(lineNumber: number, fields: readonly string[], lastTimeMs: number): OnlineRetailRecord {
  const [invoice = '', item = '', description = '', quantityText = '', date = '', price = '', customer = ''] =
    fields;
  const quantity = numberOr(quantityText);
  const cancelled = invoice.startsWith('C') && typeof quantity === 'number' && quantity < 0;
  const kind = cancelled ? 'RETURN' : 'SALE';
  const atMs = timeOf(date);
  return {
    key: STORE_ID,
    subject: 'retail.pos.transaction',
    encoding: 'json',
    timeMs: atMs ?? lastTimeMs,
    lineNumber,
    event: {
      eventId: `online-retail:${lineNumber}`,
      retailStoreId: STORE_ID,
      workstationId: 'web',
      // A line of the file is a transaction of its own: invoices are not joined, so that no line can hide another.
      sequenceNumber: lineNumber,
      businessDayDate: atMs === null ? date : Math.floor(atMs / DAY_MS),
      beginDateTime: atMs ?? date,
      transactionType: kind,
      currencyCode: 'GBP',
      operatorId: null,
      customerId: customer || null,
      loyaltyId: null,
      lines: [
        {
          lineSequence: 1,
          lineType: kind,
          itemId: item,
          gtin: null,
          description: description || null,
          merchandiseGroup: null,
          quantity: cancelled ? -quantity : quantity,
          unitPrice: numberOr(price),
          promotionId: null,
        },
      ],
    },
  };
}

/** The number, or the text itself when it is none. */
function numberOr(text: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** `2010-12-01 08:26:00`, or `12/1/2010 8:26` as the file's other common copy has it; null when it is neither. */
function timeOf(text: string): number | null {
  const iso = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  const [, year, month, day, hour, minute, second = '0'] = iso ?? usOrder(text) ?? [];
  if (year === undefined) return null;
  const parts = [
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  ] as const;
  const atMs = Date.UTC(...parts);
  const date = new Date(atMs);
  // Date.UTC takes the 31st of February for the 3rd of March.
  const isReal = date.getUTCMonth() === parts[1] && date.getUTCDate() === parts[2] && parts[3] < 24;
  return isReal && parts[4] < 60 && parts[5] < 60 ? atMs : null;
}

function usOrder(text: string): readonly string[] | null {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d)$/.exec(text);
  return match && [text, match[3], match[1], match[2], match[4], match[5]];
}
