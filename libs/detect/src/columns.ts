type TypedArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Typed arrays of one length of shelves each, some with several entries a shelf; what else is there reads them. */
export type Columns = Readonly<Record<string, TypedArray | object>>;

/** Copies, writes and reads columns that `make` allocates for so many shelves. */
export class ColumnLayout<T extends Columns> {
  /** Name and entries a shelf of each typed array. */
  private readonly entries: readonly (readonly [keyof T & string, number])[];
  /** Bytes of a shelf in each of them. */
  private readonly sizes: readonly number[];
  private readonly rowBytes: number;

  constructor(readonly make: (capacity: number) => T) {
    const arrays = Object.entries(make(1)).flatMap(([name, array]) =>
      isTypedArray(array) ? [{ name: name as keyof T & string, array }] : [],
    );
    this.entries = arrays.map(({ name, array }) => [name, array.length]);
    this.sizes = arrays.map(({ array }) => array.byteLength);
    this.rowBytes = this.sizes.reduce((sum, size) => sum + size, 0);
  }

  /** The same shelves with room for more: in `grown`, if there is one. */
  grown(columns: T, count: number, capacity: number, grown = this.make(capacity)): T {
    for (const [name, entries] of this.entries)
      arrayOf(grown, name).set(arrayOf(columns, name).subarray(0, count * entries));
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
