type TypedArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Typed arrays of one length of shelves each; some have several entries a shelf. */
export type Columns = Readonly<Record<string, TypedArray>>;

/** Copies, writes and reads columns that `make` allocates for so many shelves. */
export class ColumnLayout<T extends Columns> {
  private readonly entries: readonly (readonly [keyof T & string, number])[];

  constructor(readonly make: (capacity: number) => T) {
    const one = make(1);
    this.entries = Object.keys(one).map((name) => [name, one[name].length]);
  }

  /** The same shelves with room for more. */
  grown(columns: T, count: number, capacity: number): T {
    const grown = this.make(capacity);
    for (const [name, entries] of this.entries) grown[name].set(columns[name].subarray(0, count * entries));
    return grown;
  }

  /** Bytes of so many shelves. */
  byteLength(count: number): number {
    const one = this.make(1);
    return this.entries.reduce((sum, [name]) => sum + one[name].byteLength, 0) * count;
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

  private bytesOf(columns: T, count: number): Uint8Array[] {
    return this.entries.map(([name, entries]) => {
      const { buffer, byteOffset, byteLength } = columns[name].subarray(0, count * entries);
      return new Uint8Array(buffer, byteOffset, byteLength);
    });
  }
}
