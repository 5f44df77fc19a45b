import { release } from './memory.js';
import type { Position } from './position.js';
import { allocateRecordColumns, type RecordBatch } from './record-batch.js';

/**
 * Copies a client's records one by one into columns over one buffer, so that what the client made of them can be let go.
 * Takes exactly `count` records whose keys and values have `bytesTotal` bytes together.
 */
export class RecordBatchWriter {
  private readonly columns: ReturnType<typeof allocateRecordColumns>;
  private readonly bytes: Uint8Array;
  private end = 0;
  private index = 0;

  constructor(
    private readonly count: number,
    bytesTotal: number,
  ) {
    this.columns = allocateRecordColumns(count);
    this.bytes = Buffer.allocUnsafeSlow(bytesTotal);
  }

  add(key: Uint8Array | null, value: Uint8Array | null, timestampMs: number, position: number): void {
    const { columns } = this;
    const index = this.index++;
    columns.keyStart[index] = this.end;
    columns.keyLength[index] = this.copy(key);
    columns.valueStart[index] = this.end;
    columns.valueLength[index] = this.copy(value);
    columns.timestampMs[index] = timestampMs;
    columns.positions[index] = position;
  }

  finish(
    stream: string,
    partition: string,
    nextPosition: Position,
    headersAt: RecordBatch['headersAt'],
  ): RecordBatch {
    const { bytes, columns, count } = this;
    const giveBack = () => release(bytes, columns.timestampMs);
    return { stream, partition, count, bytes, ...columns, nextPosition, headersAt, release: giveBack };
  }

  private copy(part: Uint8Array | null): number {
    if (part === null) return -1;
    this.bytes.set(part, this.end);
    this.end += part.length;
    return part.length;
  }
}
