import type { AvroRecord } from '../avro-type.js';
import type { ContractFile, RuleSpec } from '../contract-file.js';
import type { BatchShape } from '../event-batch-builder.js';
import { fieldsOf, type FastField } from './field.js';

/** What a generated reader must know of its contract. */
export interface FastShape {
  readonly subject: string;
  readonly event: readonly FastField[];
  /** Of the entries that become rows; null: the event is one row. */
  readonly entry: readonly FastField[] | null;
  /** Of the array whose entries become rows, -1: the event is one row. */
  readonly rowsSlot: number;
  readonly eventIdSlot: number;
  readonly identitySlots: readonly number[];
  readonly eventTimeSlot: number;
  readonly eventTimeMsMin: number;
  readonly rules: readonly RuleSpec[];
}

export function fastShapeOf(
  { subject, plans, rowsSlot, eventIdSlot, identitySlots }: BatchShape,
  schema: AvroRecord,
  file: ContractFile,
  eventTimeMsMin: number,
): FastShape {
  const rows = rowsSlot < 0 ? null : schema.fields[rowsSlot].type;
  return {
    subject,
    event: fieldsOf(schema, plans, false),
    entry: rows?.kind === 'array' && rows.items.kind === 'record' ? fieldsOf(rows.items, plans, true) : null,
    rowsSlot,
    eventIdSlot,
    identitySlots,
    eventTimeSlot: schema.fields.findIndex(({ name }) => name === file.roles.eventTime),
    eventTimeMsMin,
    rules: file.rules,
  };
}
