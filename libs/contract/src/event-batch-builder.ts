import type { EventBatch, ShelfBinding } from '@gondola/events';
import type { Slot } from './avro-type.js';
import {
  bigInts,
  cut,
  doubled,
  newColumnBuilder,
  TextBuilder,
  type ColumnBuilder,
} from './column-builders.js';
import type { ColumnPlan } from './column-plan.js';
import type { Roles } from './roles.js';
import { IdentityHasher, type IdentityPart } from './identity-hash.js';
import { PlacedTexts } from './placed-texts.js';
import { slabsFor } from './slab.js';

export interface BatchShape extends Roles {
  readonly subject: string;
  readonly plans: readonly ColumnPlan[];
  readonly shelf: ShelfBinding | null;
}

/** How many rows the records of a stream give, as the last batch showed: growing copies every array. */
export interface RowsExpected {
  perRecord: number;
}

/** Room in a batch before it grows. */
const CAPACITY_MIN = 16;
/** Above what the last batch had. */
const HEADROOM = 1.05;
/** However many rows one batch had, the next one does not start with room for millions. */
const PER_RECORD_MAX = 8;

/**
 * Collects the events of one contract from one record batch, in record order, into columns. Events come decoded, through
 * `append`, or from a generated reader, which writes to the arrays from row `rows` on and then moves `rows`.
 */
export class EventBatchBuilder {
  readonly columns: readonly ColumnBuilder[];
  readonly eventId: TextBuilder;
  readonly placed: PlacedTexts;
  readonly view: DataView;
  readonly hasher = new IdentityHasher();
  rows = 0;
  recordIndex: Int32Array;
  schemaVersion: Int32Array;
  eventTimeMs: Float64Array;
  /** Halves, lower first. */
  identity: Int32Array;
  private readonly identityParts: IdentityPart[];

  capacity: number;

  /** `bytes` and `records` (how many) are the record batch's. */
  constructor(
    private readonly shape: BatchShape,
    readonly bytes: Buffer,
    private readonly records: number,
    private readonly expected: RowsExpected,
  ) {
    const capacity = Math.max(CAPACITY_MIN, Math.ceil(records * expected.perRecord * HEADROOM));
    this.capacity = capacity;
    this.placed = new PlacedTexts(bytes);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const slabs = slabsFor(shape.plans, capacity);
    this.columns = shape.plans.map((plan) => newColumnBuilder(plan, capacity, slabs, this.placed));
    this.eventId = new TextBuilder(capacity, slabs.texts, this.placed, null);
    this.recordIndex = slabs.rest.int32(capacity);
    this.schemaVersion = slabs.rest.int32(capacity);
    this.eventTimeMs = slabs.rest.float64(capacity);
    this.identity = slabs.rest.int32(2 * capacity);
    this.identityParts = [shape.subject, ...shape.identitySlots.map(() => 0)];
  }

  append(event: readonly Slot[], recordIndex: number, schemaVersion: number): void {
    const { shape, columns } = this;
    for (let index = 0; index < shape.identitySlots.length; index++)
      this.identityParts[index + 1] = event[shape.identitySlots[index]] as IdentityPart;
    this.hasher.hash(this.identityParts);
    const timeMs = shape.eventTimeMs(event);
    const entries = shape.rowsSlot < 0 ? null : (event[shape.rowsSlot] as readonly (readonly Slot[])[]);
    const count = entries ? entries.length : 1;
    for (let entry = 0; entry < count; entry++) {
      if (this.rows === this.capacity) this.grow();
      const row = this.rows++;
      for (let index = 0; index < columns.length; index++) {
        const { perRow, slot } = shape.plans[index];
        columns[index].put(row, perRow && entries ? entries[entry][slot] : event[slot]);
      }
      this.eventId.put(row, event[shape.eventIdSlot]);
      this.eventTimeMs[row] = timeMs;
      this.recordIndex[row] = recordIndex;
      this.schemaVersion[row] = schemaVersion;
      this.identity[2 * row] = this.hasher.low;
      this.identity[2 * row + 1] = this.hasher.high;
    }
  }

  grow(): void {
    for (const column of this.columns) column.grow();
    this.eventId.grow();
    this.recordIndex = doubled(this.recordIndex);
    this.schemaVersion = doubled(this.schemaVersion);
    this.eventTimeMs = doubled(this.eventTimeMs);
    this.identity = doubled(this.identity);
    this.capacity *= 2;
  }

  /** The batch of everything appended. The builder may not be used afterwards. */
  build(): EventBatch {
    const { rows, shape } = this;
    this.expected.perRecord = Math.min(PER_RECORD_MAX, rows / this.records);
    return {
      subject: shape.subject,
      table: {
        rows,
        columns: shape.plans.map(({ spec }, index) => ({ spec, values: this.columns[index].build(rows) })),
      },
      recordIndex: cut(this.recordIndex, rows),
      eventId: this.eventId.build(rows),
      eventTimeMs: cut(this.eventTimeMs, rows),
      schemaVersion: cut(this.schemaVersion, rows),
      identity: bigInts(this.identity, rows),
      shelf: shape.shelf,
    };
  }
}
