import { release } from '@gondola/stream';

type TypedArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Typed arrays of one length of shelves each, some with several entries a shelf; what else is there reads them. */
export type Columns = Readonly<Record<string, TypedArray | object>>;

/** Columns begin at multiples of it. */
const ALIGNMENT = 8;
/** More than any layout takes of one shelf. */
const PROBE_BYTES = 4096;

/** Memory out of which columns are cut one after the other: a memory for each costs the collector more than its bytes. */
export class ColumnRoom {
  private end = 0;

  constructor(readonly buffer: ArrayBuffer) {}

  float64(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.buffer, this.take(8 * length), length);
  }

  float32(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.buffer, this.take(4 * length), length);
  }

  int32(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.buffer, this.take(4 * length), length);
  }

  uint32(length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.buffer, this.take(4 * length), length);
  }

  uint16(length: number): Uint16Array<ArrayBuffer> {
    return new Uint16Array(this.buffer, this.take(2 * length), length);
  }

  uint8(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, this.take(length), length);
  }

  private take(bytes: number): number {
    const at = this.end;
    this.end = at + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return at;
  }
}

/**
 * Makes, copies, writes and reads columns for so many shelves, as `columnsIn` cuts them out of one memory; `other`: where columns
 * lie that have a memory of their own.
 */
export class ColumnLayout<T extends Columns, Other = undefined> {
  /** Name and entries a shelf of each typed array. */
  private readonly entries: readonly (readonly [keyof T & string, number])[];
  /** Bytes of a shelf in each of them. */
  private readonly sizes: readonly number[];
  private readonly rowBytes: number;
  /** Names of those that are cut out of one memory, and their bytes of a shelf. */
  private readonly cut: readonly (keyof T & string)[];
  private readonly cutBytes: number;

  constructor(private readonly columnsIn: (room: ColumnRoom, capacity: number, other?: Other) => T) {
    const probe = new ColumnRoom(new ArrayBuffer(PROBE_BYTES));
    const arrays = Object.entries(columnsIn(probe, 1)).flatMap(([name, array]) =>
      isTypedArray(array) ? [{ name: name as keyof T & string, array }] : [],
    );
    this.entries = arrays.map(({ name, array }) => [name, array.length]);
    this.sizes = arrays.map(({ array }) => array.byteLength);
    this.rowBytes = this.sizes.reduce((sum, size) => sum + size, 0);
    const cut = arrays.filter(({ array }) => array.buffer === probe.buffer);
    this.cut = cut.map(({ name }) => name);
    this.cutBytes = cut.reduce((sum, { array }) => sum + array.byteLength, 0);
  }

  make(capacity: number, other?: Other): T {
    const bytes = this.cutBytes * capacity + ALIGNMENT * this.cut.length;
    return this.columnsIn(new ColumnRoom(new ArrayBuffer(bytes)), capacity, other);
  }

  /** The same shelves with room for more. The columns before are empty from here on: their memory is given back at once. */
  grown(columns: T, count: number, capacity: number, other?: Other): T {
    const grown = this.make(capacity, other);
    for (const [name, entries] of this.entries)
      arrayOf(grown, name).set(arrayOf(columns, name).subarray(0, count * entries));
    release(arrayOf(columns, this.cut[0]));
    return grown;
  }

  /** Bytes of so many shelves. */
  byteLength(count: number): number {
    return this.rowBytes * count;
  }

  /** Writes them from `start` on, in the machine's byte order; returns the end. */
  write(columns: T, count: number, target: Uint8Array, start: number): number {
    let end = start;
    for (const bytes of this.bytesOf(columns, count)) {
      target.set(bytes, end);
      end += bytes.length;
    }
    return end;
  }

  read(columns: T, count: number, source: Uint8Array, start: number): number {
    let end = start;
    for (const bytes of this.bytesOf(columns, count)) {
      bytes.set(source.subarray(end, end + bytes.length));
      end += bytes.length;
    }
    return end;
  }

  /** The bytes of one shelf, column after column. */
  row(columns: T, row: number): Uint8Array {
    const bytes = new Uint8Array(this.byteLength(1));
    let end = 0;
    for (const [name, entries] of this.entries) {
      const { buffer, byteOffset, BYTES_PER_ELEMENT } = arrayOf(columns, name);
      const size = entries * BYTES_PER_ELEMENT;
      bytes.set(new Uint8Array(buffer, byteOffset + row * size, size), end);
      end += size;
    }
    return bytes;
  }

  /** Puts the bytes of one shelf among those that `write` wrote from `start` on. */
  patch(bytes: Uint8Array, row: number, count: number, target: Uint8Array, start: number): void {
    let [from, column] = [0, start];
    for (const size of this.sizes) {
      target.set(bytes.subarray(from, from + size), column + row * size);
      from += size;
      column += count * size;
    }
  }

  private bytesOf(columns: T, count: number): Uint8Array[] {
    return this.entries.map(([name, entries]) => {
      const { buffer, byteOffset, byteLength } = arrayOf(columns, name).subarray(0, count * entries);
      return new Uint8Array(buffer, byteOffset, byteLength);
    });
  }
}

const isTypedArray = (value: object): value is TypedArray => ArrayBuffer.isView(value);

/** One of the entries of a layout: they are all typed arrays. */
const arrayOf = <T extends Columns>(columns: T, name: keyof T & string): TypedArray =>
  columns[name] as TypedArray;
