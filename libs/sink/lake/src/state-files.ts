import { GondolaError, release, type ObjectStore, type Position } from '@gondola/stream';
import { HistoryFiles } from './history-files.js';

/** A state as it was at one moment, section by section; made while that which has the state goes on. */
export interface StateCopy {
  /** About a millisecond of work; null when all sections were given. Whoever asked may give a section's memory back. */
  next(): Uint8Array | null;
  stop(): void;
}

/** Names the sections of a snapshot's state and says where it belongs. */
export interface Manifest {
  /** Position of the next record that the state has not seen, and number of signals up to there. */
  readonly position: Position;
  readonly signals: bigint;
  /** Of everything but the input that signals follow from: model and settings. */
  readonly setup: string;
  readonly parts: number;
  readonly bytes: number;
  readonly madeMs: number;
}

const FORMAT = 1;
/** An object at most: hashed and sent at once. One section may be larger. */
const PART_BYTES = 8 << 20;
/** Copied before events have their turn again. */
const TURN_BYTES = 1 << 20;
const READS_AT_ONCE = 4;
const LENGTH_BYTES = 4;

/** Objects of a partition's states: `<id>.json` names `<id>-<n>.bin`; `<id>.marks` is what a replay has to be told, `<id>.history` what it was before. */
export class StateFiles {
  readonly history: HistoryFiles;

  constructor(
    private readonly store: ObjectStore,
    private readonly folder: string,
  ) {
    this.history = new HistoryFiles(store, folder);
  }

  /** Writes the parts of a copy while others have their turns, the manifest last. */
  async write(
    partition: string,
    id: bigint,
    copy: StateCopy,
    about: Omit<Manifest, 'parts' | 'bytes'>,
  ): Promise<Manifest> {
    const part = new Part();
    let parts = 0;
    let bytes = 0;
    while (await this.fill(part, copy)) {
      await this.store.put(this.path(partition, `${id}-${parts++}.bin`), part.bytes());
      bytes += part.size;
    }
    const manifest: Manifest = { ...about, parts, bytes };
    const { position, signals, ...rest } = manifest;
    const text = JSON.stringify({ format: FORMAT, position: `${position}`, signals: `${signals}`, ...rest });
    await this.store.put(this.path(partition, `${id}.json`), Buffer.from(text));
    return manifest;
  }

  /** Null when the object is not there. */
  async manifest(partition: string, id: bigint): Promise<Manifest | null> {
    const path = this.path(partition, `${id}.json`);
    const bytes = await this.store.get(path);
    if (!bytes) return null;
    const { format, position, signals, ...rest } = JSON.parse(Buffer.from(bytes).toString()) as {
      format: number;
      position: string;
      signals: string;
    } & Omit<Manifest, 'position' | 'signals'>;
    if (format !== FORMAT) throw new GondolaError('lake_corrupt', `${path}: format ${format}`, false);
    return { ...rest, position: BigInt(position), signals: BigInt(signals) };
  }

  /** The sections of all parts in their order, null when one is not there. */
  async sections(partition: string, id: bigint, { parts }: Manifest): Promise<Uint8Array[] | null> {
    const read: (Uint8Array | null)[] = Array<null>(parts).fill(null);
    const numbers = read.keys();
    const worker = async () => {
      for (const part of numbers)
        read[part] = await this.store.get(this.path(partition, `${id}-${part}.bin`));
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
    return read.every((part) => part !== null) ? read.flatMap(splitSections) : null;
  }

  async writeMarks(partition: string, id: bigint, marks: readonly string[]): Promise<void> {
    await this.store.put(this.path(partition, `${id}.marks`), Buffer.from(marks.join('\n')));
  }

  async marks(partition: string, id: bigint): Promise<string[] | null> {
    const bytes = await this.store.get(this.path(partition, `${id}.marks`));
    return bytes && Buffer.from(bytes).toString().split('\n');
  }

  async deleteMarks(partition: string, id: bigint): Promise<void> {
    await this.store.delete(this.path(partition, `${id}.marks`));
  }

  /** The manifest first: it never names what is gone. */
  async deleteSnapshot(partition: string, id: bigint, parts: number): Promise<void> {
    await this.store.delete(this.path(partition, `${id}.json`));
    for (let part = 0; part < parts; part++)
      await this.store.delete(this.path(partition, `${id}-${part}.bin`));
  }

  path(partition: string, name: string): string {
    return `${this.folder}/${partition}/${name}`;
  }

  /** With sections for one part; false when there are no more. */
  private async fill(part: Part, copy: StateCopy): Promise<boolean> {
    part.size = 0;
    for (let turn = 0; part.size < PART_BYTES;) {
      const section = copy.next();
      if (!section) break;
      part.add(section);
      if (part.size - turn < TURN_BYTES) continue;
      turn = part.size;
      await new Promise(setImmediate);
    }
    return part.size > 0;
  }
}

/** Sections, before each its length (u32, little-endian). One part after the other has the same memory. */
class Part {
  size = 0;
  private room = Buffer.allocUnsafeSlow(TURN_BYTES);

  /** The section is given back. */
  add(section: Uint8Array): void {
    const end = this.size + LENGTH_BYTES + section.length;
    if (end > this.room.length) {
      const before = this.room;
      this.room = Buffer.allocUnsafeSlow(Math.max(end, 2 * before.length));
      this.room.set(before.subarray(0, this.size));
      release(before);
    }
    this.room.writeUInt32LE(section.length, this.size);
    this.room.set(section, this.size + LENGTH_BYTES);
    this.size = end;
    release(section);
  }

  /** Until the next section is added. */
  bytes(): Uint8Array {
    return this.room.subarray(0, this.size);
  }
}

function splitSections(bytes: Uint8Array): Uint8Array[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const sections: Uint8Array[] = [];
  for (let at = 0; at < view.length;) {
    const end = at + LENGTH_BYTES + view.readUInt32LE(at);
    sections.push(view.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return sections;
}
