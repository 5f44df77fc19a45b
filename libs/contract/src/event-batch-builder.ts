import type { Column, ColumnSpec, ColumnValue, ColumnValues } from '@gondola/stream';
import type { EventBatch, ShelfBinding } from '@gondola/events';
import type { Slot } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import type { Roles } from './roles.js';
import { unscaledOf } from './decimal.js';
import { IdentityHasher, type IdentityPart } from './identity-hash.js';

export interface BatchShape extends Roles {
  readonly subject: string;
  readonly plans: readonly ColumnPlan[];
  readonly shelf: ShelfBinding | null;
}

const ROWS_AT_FIRST = 1024;

/** Collects decoded events of one contract, in record order, into columns. */
export class EventBatchBuilder {
  private readonly columns: ColumnBuilder[];
  private readonly hasher = new IdentityHasher();
  private readonly identityParts: IdentityPart[];
  private readonly eventId: string[] = [];
  private rows = 0;
  private recordIndex = new Int32Array(ROWS_AT_FIRST);
  private schemaVersion = new Int32Array(ROWS_AT_FIRST);
  private eventTimeMs = new Float64Array(ROWS_AT_FIRST);
  private identity = new Int32Array(2 * ROWS_AT_FIRST);

  constructor(private readonly shape: BatchShape) {
    this.columns = shape.plans.map((plan) => new ColumnBuilder(plan));
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
      const row = entries ? entries[entry] : event;
      for (let index = 0; index < columns.length; index++) {
        const column = columns[index];
        column.push(column.plan.perRow ? row[column.plan.slot] : event[column.plan.slot]);
      }
      this.appendSystem(event[shape.eventIdSlot] as string, timeMs, recordIndex, schemaVersion);
    }
  }

  private appendSystem(eventId: string, timeMs: number, recordIndex: number, schemaVersion: number): void {
    if (this.rows === this.recordIndex.length) this.grow();
    this.eventId.push(eventId);
    this.eventTimeMs[this.rows] = timeMs;
    this.recordIndex[this.rows] = recordIndex;
    this.schemaVersion[this.rows] = schemaVersion;
    this.identity[2 * this.rows] = this.hasher.low;
    this.identity[2 * this.rows + 1] = this.hasher.high;
    this.rows++;
  }

  private grow(): void {
    this.recordIndex = doubled(this.recordIndex);
    this.schemaVersion = doubled(this.schemaVersion);
    this.eventTimeMs = doubled(this.eventTimeMs);
    this.identity = doubled(this.identity);
  }

  /** The batch of everything appended. The builder may not be used afterwards. */
  build(): EventBatch {
    const { rows, shape } = this;
    return {
      subject: shape.subject,
      table: { rows, columns: this.columns.map((column) => column.build()) },
      recordIndex: this.recordIndex.slice(0, rows),
      eventId: this.eventId,
      eventTimeMs: this.eventTimeMs.slice(0, rows),
      schemaVersion: this.schemaVersion.slice(0, rows),
      identity: new BigInt64Array(this.identity.buffer.slice(0, 8 * rows)),
      shelf: shape.shelf,
    };
  }
}

/** One column's values, as plain numbers until the batch is built. */
class ColumnBuilder {
  readonly push: (value: Slot) => void;
  private readonly values: (string | number | boolean | bigint | null)[] = [];

  constructor(readonly plan: ColumnPlan) {
    this.push = this.pusher();
  }

  private pusher(): (value: Slot) => void {
    const { values } = this;
    const { spec, microsPerUnit, toText } = this.plan;
    if (toText) return (value) => void values.push(value === null ? null : toText(value));
    if (spec.type.kind === 'decimal') {
      const { scale } = spec.type;
      return (value) => void values.push(value === null ? null : unscaledOf(value as number, scale));
    }
    if (spec.type.kind === 'timestamp' && microsPerUnit !== 1)
      return (value) => void values.push(value === null ? null : (value as number) * microsPerUnit);
    return (value) => void values.push(value as string | number | boolean | null);
  }

  build(): Column {
    return { spec: this.plan.spec, values: finish(this.plan.spec, this.values) };
  }
}

function finish(
  { type, nullable }: ColumnSpec,
  values: readonly (string | number | boolean | bigint | null)[],
): ColumnValues {
  switch (type.kind) {
    case 'int64':
    case 'decimal':
      if (nullable) return values.map((value): ColumnValue => (value === null ? null : BigInt(value)));
      return bigInts(values as readonly (number | bigint)[]);
    case 'float64':
    case 'timestamp':
      return nullable ? values : Float64Array.from(values as readonly number[]);
    case 'int32':
    case 'date':
      return nullable ? values : Int32Array.from(values as readonly number[]);
    default:
      return values;
  }
}

/** Numbers are written as two halves: a bigint for each row would be an object for each row. */
function bigInts(values: readonly (number | bigint)[]): BigInt64Array {
  const whole = new BigInt64Array(values.length);
  const halves = new Int32Array(whole.buffer);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value === 'bigint') whole[index] = value;
    else {
      halves[2 * index] = value;
      halves[2 * index + 1] = Math.floor(value / 4_294_967_296);
    }
  }
  return whole;
}

function doubled<T extends Int32Array | Float64Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(2 * array.length);
  larger.set(array);
  return larger;
}
