import { ByteValues, HEADERS_TYPE, NullableNumbers, columnSpec } from '@gondola/stream';

const ROWS = 1_000_000;
const CHUNK_ROWS = 40_000;
const STORES = 800;
const SKUS = 20_000;
const PARTITIONS = 12;
const START_MICROS = Date.UTC(2026, 0, 5, 8) * 1000;
const DECIMAL = { kind: 'decimal', precision: 12, scale: 2 };

/**
 * A million rows of 15 columns as a decoder gives them, in chunks: text as slices of one buffer, as it lies in the
 * records, with bytes of other fields between them.
 */
export function silverTables() {
  return chunksOf(silverChunk);
}

/** The same events as raw records of 110 bytes, with a key, without headers. */
export function bronzeTables() {
  return chunksOf(bronzeChunk);
}

function chunksOf(makeChunk) {
  const random = mulberry32(7);
  const tables = [];
  for (let from = 0; from < ROWS; from += CHUNK_ROWS) {
    const rows = Math.min(CHUNK_ROWS, ROWS - from);
    tables.push({ rows, columns: makeChunk(from, rows, random) });
  }
  return tables;
}

function silverChunk(from, rows, random) {
  const each = (make) => Array.from({ length: rows }, (_, row) => make(from + row));
  const bytes = new Slices();
  const storeOf = each(() => Math.floor(random() * STORES));
  const skuOf = each(() => Math.floor(random() ** 3 * SKUS));
  const occurred = each((row) => START_MICROS + row * 3600 + Math.floor(random() * 120e6));
  const nullable = (share, make) => each(() => (random() < share ? null : make()));
  const loyalty = nullable(0.6, () => `L${Math.floor(random() * 1e9)}`);
  const promotion = nullable(0.85, () => `promo-${Math.floor(random() * 40)}`);
  const discount = nullable(0.85, () => Math.floor(random() * 500));
  return [
    text('order_id', bytes.of(each(() => orderId(random)))),
    text('store_id', bytes.of(storeOf.map((store) => `store-${String(store).padStart(4, '0')}`))),
    text('sku', bytes.of(skuOf.map((sku) => `SKU${String(sku * 37).padStart(8, '0')}`))),
    {
      spec: columnSpec('quantity', 'int32'),
      values: Int32Array.from(each(() => 1 + Math.floor(random() ** 4 * 12))),
    },
    {
      spec: { name: 'unit_price', type: DECIMAL, nullable: false },
      values: BigInt64Array.from(skuOf.map((sku) => BigInt(99 + ((sku * 7919) % 20_000)))),
    },
    { spec: columnSpec('occurred_at', 'timestamp'), values: Float64Array.from(occurred) },
    {
      spec: columnSpec('ingested_at', 'timestamp'),
      values: Float64Array.from(occurred, (micros) => micros + Math.floor(random() * 5e6)),
    },
    text('channel', bytes.of(each(() => ['store', 'web', 'app', 'kiosk'][Math.floor(random() ** 2 * 4)]))),
    text(
      'payment',
      bytes.of(each(() => ['card', 'cash', 'wallet', 'voucher'][Math.floor(random() ** 2 * 4)])),
    ),
    {
      spec: columnSpec('is_return', 'boolean'),
      values: Uint8Array.from(each(() => (random() < 0.03 ? 1 : 0))),
    },
    text('loyalty_id', bytes.of(loyalty), true),
    text('promotion', bytes.of(promotion), true),
    {
      spec: { name: 'discount', type: DECIMAL, nullable: true },
      values: new NullableNumbers(
        BigInt64Array.from(discount, (cents) => BigInt(cents ?? 0)),
        Uint8Array.from(discount, (cents) => (cents === null ? 1 : 0)),
      ),
    },
    {
      spec: columnSpec('source_partition', 'int32'),
      values: Int32Array.from(each((row) => row % PARTITIONS)),
    },
    {
      spec: columnSpec('source_position', 'int64'),
      values: BigInt64Array.from(each((row) => 5_000_000n + BigInt(Math.floor(row / PARTITIONS)))),
    },
  ].map((column) => ({ ...column, values: bytes.resolve(column.values) }));
}

function bronzeChunk(from, rows, random) {
  const each = (make) => Array.from({ length: rows }, (_, row) => make(from + row));
  const bytes = new Slices();
  const received = (row) => START_MICROS + row * 3600;
  return [
    {
      spec: columnSpec('source_partition', 'int32'),
      values: Int32Array.from(each((row) => row % PARTITIONS)),
    },
    {
      spec: columnSpec('source_position', 'int64'),
      values: BigInt64Array.from(each((row) => 5_000_000n + BigInt(Math.floor(row / PARTITIONS)))),
    },
    { spec: columnSpec('produced_at', 'timestamp'), values: Float64Array.from(each(received)) },
    {
      spec: columnSpec('received_at', 'timestamp'),
      values: Float64Array.from(each((row) => received(row) + 900)),
    },
    { spec: columnSpec('schema_id', 'int32', true), values: new Int32Array(rows).fill(101) },
    {
      spec: columnSpec('key', 'binary', true),
      values: bytes.of(each(() => `store-${String(Math.floor(random() * STORES)).padStart(4, '0')}`)),
    },
    {
      spec: columnSpec('value', 'binary', true),
      values: bytes.of(
        each(() => {
          const head = `\0\0\0\0e${orderId(random)}store-${Math.floor(random() * STORES)}SKU${Math.floor(random() * SKUS)}`;
          return `${head}${String(random()).slice(2, 12)}storecard`.padEnd(110, '-');
        }),
      ),
    },
    { spec: { name: 'headers', type: HEADERS_TYPE, nullable: false }, values: new Array(rows).fill([]) },
  ].map((column) => ({ ...column, values: bytes.resolve(column.values) }));
}

const text = (name, values, nullable = false) => ({ spec: columnSpec(name, 'string', nullable), values });

function orderId(random) {
  const hex = (digits) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

/** Lays the texts of all columns row by row into one buffer. */
class Slices {
  columns = [];

  of(texts) {
    this.columns.push({ texts });
    return this.columns.length - 1;
  }

  resolve(values) {
    if (typeof values !== 'number') return values;
    this.layOut();
    return this.columns[values].values;
  }

  layOut() {
    if (this.bytes) return;
    const rows = this.columns[0].texts.length;
    const size = this.columns.reduce(
      (sum, { texts }) => texts.reduce((all, text) => all + 1 + (text?.length ?? 0), sum),
      0,
    );
    this.bytes = new Uint8Array(size);
    const buffer = Buffer.from(this.bytes.buffer);
    for (const column of this.columns)
      column.values = new ByteValues(this.bytes, new Int32Array(rows), new Int32Array(rows));
    let end = 0;
    for (let row = 0; row < rows; row++)
      for (const { texts, values } of this.columns) {
        const text = texts[row];
        // As Avro does: the length, then the text.
        buffer[end++] = 2 * (text?.length ?? 0);
        values.start[row] = end;
        values.size[row] = text === null ? -1 : text.length;
        if (text !== null) end += buffer.latin1Write(text, end);
      }
  }
}

/** Numbers from 0 to 1, the same in every run. */
function mulberry32(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
