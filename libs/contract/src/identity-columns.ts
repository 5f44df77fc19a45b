import type { IdentityColumns } from '@gondola/events';
import type { AvroRecord } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import type { ContractFile } from './contract-file.js';
import { identityHash, type IdentityPart } from './identity-hash.js';

/**
 * The columns of silver that make an event's identity, so that the hash need not be kept beside them: 8 bytes a row that
 * do not compress were a fifth of the table.
 */
export function identityColumnsOf(
  subject: string,
  schema: AvroRecord,
  file: ContractFile,
  plans: readonly ColumnPlan[],
): IdentityColumns {
  const { eventId, eventTime } = file.roles;
  const parts = (file.identity ?? [eventId]).map((name) => {
    const plan = plans.find(({ field, perRow }) => field === name && !perRow);
    if (plan) return { column: plan.spec.name, partOf: (value: unknown) => partOf(plan, value) };
    // Only the two roles go without a column of their own: every silver table has one for them.
    if (name !== eventTime) return { column: 'event_id', partOf: String };
    const type = schema.fields.find((field) => field.name === eventTime)?.type;
    const microsPerUnit = type?.kind === 'long' && type.logical === 'timestamp-millis' ? 1000 : 1;
    return { column: 'event_time', partOf: (value: unknown) => Number(value) / microsPerUnit };
  });
  return {
    columns: parts.map(({ column }) => column),
    identityOf: (values) =>
      identityHash([subject, ...parts.map((part, index) => part.partOf(values[index]))]),
  };
}

/** The value as it was in the event, from what its column made of it. */
function partOf({ spec, microsPerUnit }: ColumnPlan, value: unknown): IdentityPart {
  switch (spec.type.kind) {
    case 'string':
      return String(value);
    case 'decimal':
      return Number(value) / 10 ** spec.type.scale;
    case 'timestamp':
      return Number(value) / microsPerUnit;
    default:
      return Number(value);
  }
}
