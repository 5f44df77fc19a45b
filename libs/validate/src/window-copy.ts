import type { IdentityTable } from './identity-table.js';

/** "GID" and the format. */
const MAGIC = 0x47494401;
const PREFIX_BYTES = 8;

/** What the tables of a window share; minus infinity is null in JSON. */
export interface WindowHead {
  readonly windowMs: number;
  readonly newestMs: number | null;
  readonly firstHour: number | null;
}

/**
 * The identities of a window as they were when the copy began: a table is copied before it changes (`touch`) or when its turn
 * comes (`next`). A section is magic, length of the JSON header, header, then the table's cells in the machine's byte order.
 */
export class WindowCopy {
  private readonly ready: Uint8Array[] = [];
  private readonly waiting: Map<IdentityTable, number>;

  constructor(
    private readonly head: WindowHead,
    tables: readonly IdentityTable[],
    private readonly onEnd: () => void,
  ) {
    this.waiting = new Map(tables.map((table, number) => [table, number]));
  }

  /** The table is about to change. */
  touch(table: IdentityTable): void {
    const number = this.waiting.get(table);
    if (number === undefined) return;
    this.waiting.delete(table);
    this.ready.push(this.write(table, number));
  }

  /** The next section, null when all were given. */
  next(): Uint8Array | null {
    for (const table of this.ready.length === 0 ? this.waiting.keys() : []) {
      this.touch(table);
      break;
    }
    const section = this.ready.shift() ?? null;
    if (!section) this.onEnd();
    return section;
  }

  /** Gives the copy up. */
  stop(): void {
    this.ready.length = 0;
    this.waiting.clear();
    this.onEnd();
  }

  private write(table: IdentityTable, number: number): Uint8Array {
    const { slots, used, cells } = table.dump();
    const text = Buffer.from(JSON.stringify({ head: this.head, number, slots, used }));
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(MAGIC, 0);
    prefix.writeUInt32BE(text.length, 4);
    return Buffer.concat([prefix, text, new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength)]);
  }
}

export const isWindowSection = (bytes: Uint8Array): boolean =>
  bytes.length >= PREFIX_BYTES && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === MAGIC;

/** Throws `RangeError` when it is no section of a window. */
export function readTable(bytes: Uint8Array) {
  if (!isWindowSection(bytes)) throw new RangeError('not an identity window of this format');
  const text = PREFIX_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
  const header = JSON.parse(Buffer.from(bytes.subarray(PREFIX_BYTES, text)).toString()) as {
    head: WindowHead;
    number: number;
    slots: number;
    used: number;
  };
  const { head, number, slots, used } = header;
  const cells = new Int32Array(new Uint8Array(bytes.subarray(text)).buffer);
  if (cells.length !== 2 * slots) throw new RangeError('an identity window that was cut off');
  return { head, number, table: { slots, used, cells } };
}
