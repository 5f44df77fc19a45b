import { release } from '@gondola/stream';
import { RECORD_BYTES } from './shelf-record.js';

/** A place of its index for each shelf that fits, and a quarter more. */
export const SLOT_BYTES = 3;
/** Room of a block grows in so many steps from one power of two to the next: at most an eighth of it is unused. */
const STEPS = 8;
const SHELVES_MIN = 16;
const SLAB_BYTES_MAX = 4 << 20;

/** Memory of many shelves, whatever store they are of, and the ways to read it. */
export class Slab {
  readonly bytes: Uint8Array;
  readonly shorts: Uint16Array;
  readonly ints: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  /** Blocks that nobody has: number of their first record. */
  readonly free: number[];

  constructor(
    readonly room: number,
    readonly blocks: number,
  ) {
    const buffer = new ArrayBuffer(blocks * blockBytesOf(room));
    this.bytes = new Uint8Array(buffer);
    this.shorts = new Uint16Array(buffer);
    this.ints = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer);
    const records = blockBytesOf(room) / RECORD_BYTES;
    this.free = Array.from({ length: blocks }, (_, block) => (blocks - 1 - block) * records);
  }
}

const NO_SLAB = new Slab(0, 0);

/** Records of one store, shelf by shelf, and behind them the index of its items. All 0 when it is taken. */
export interface Block {
  readonly slab: Slab;
  /** Number of its slab. */
  readonly at: number;
  /** Number of its first record in the slab. */
  readonly first: number;
  /** Byte of the slab at which the index begins, and how many places it has. */
  readonly slotsAt: number;
  readonly slots: number;
}

/**
 * The records of all stores in few large pieces of memory. With a piece for each store, an event would wait for the objects by which
 * the pieces are known as well as for its shelf: with 2,000 stores they do not fit the nearer caches.
 */
export class RecordArena {
  /** By number; without blocks where one was given back. */
  readonly slabs: Slab[] = [];
  /** Their memory, by the same number. */
  readonly bytes: Uint8Array[] = [];
  readonly ints: Int32Array[] = [];
  private readonly open = new Map<number, number[]>();
  private heldBytes = 0;

  /** A block for at least so many shelves; how many, `slab.room` says. */
  take(shelves: number): Block {
    const room = roomOf(shelves);
    const open = this.open.get(room) ?? [];
    this.open.set(room, open);
    const at = open.at(-1) ?? this.addSlab(room, open);
    const slab = this.slabs[at];
    const first = slab.free.pop() ?? 0;
    if (slab.free.length === 0) open.pop();
    return { slab, at, first, slotsAt: (first + room) * RECORD_BYTES, slots: slotsOf(room) };
  }

  /** Nobody reads the block any more. A slab without blocks that are read is given back. */
  release({ slab, at, first }: Block): void {
    const open = this.open.get(slab.room) ?? [];
    if (slab.free.length === 0) open.push(at);
    slab.free.push(first);
    const start = first * RECORD_BYTES;
    if (slab.free.length < slab.blocks)
      return void slab.bytes.fill(0, start, start + blockBytesOf(slab.room));
    open.splice(open.indexOf(at), 1);
    this.put(at, NO_SLAB);
    this.heldBytes -= slab.bytes.length;
    release(slab.bytes);
  }

  private addSlab(room: number, open: number[]): number {
    // A small engine has small slabs.
    const bytes = Math.min(SLAB_BYTES_MAX, this.heldBytes / 8);
    const slab = new Slab(room, Math.max(1, Math.floor(bytes / blockBytesOf(room))));
    this.heldBytes += slab.bytes.length;
    const gone = this.slabs.indexOf(NO_SLAB);
    const at = gone < 0 ? this.slabs.length : gone;
    this.put(at, slab);
    open.push(at);
    return at;
  }

  private put(at: number, slab: Slab): void {
    this.slabs[at] = slab;
    this.bytes[at] = slab.bytes;
    this.ints[at] = slab.ints;
  }
}

function roomOf(shelves: number): number {
  const power = 2 ** Math.floor(Math.log2(Math.max(SHELVES_MIN, shelves)));
  const step = Math.max(SHELVES_MIN, power / STEPS);
  return Math.ceil(Math.max(SHELVES_MIN, shelves) / step) * step;
}

function slotsOf(room: number): number {
  return (room * 5) / 4;
}

/** Records and index, up to the next whole record: the records of every block begin where a record of the slab would. */
function blockBytesOf(room: number): number {
  return (room + Math.ceil((slotsOf(room) * SLOT_BYTES) / RECORD_BYTES)) * RECORD_BYTES;
}
