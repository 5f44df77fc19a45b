import { SetupError } from '@gondola/stream';
import type { AvroRecord, AvroType, Slot } from './avro-type.js';
import type { ContractFile } from './contract-file.js';

/** Where in an event stands what every event must have. */
export interface Roles {
  /** Slot of the array whose entries become rows, -1: the event is one row. */
  readonly rowsSlot: number;
  readonly eventIdSlot: number;
  readonly identitySlots: readonly number[];
  /** Milliseconds since 1970, with a fraction where the schema has microseconds. */
  readonly eventTimeMs: (event: readonly Slot[]) => number;
}

/** Throws `contract_invalid` when a role names a field that may be missing or is of the wrong kind. */
export function findRoles(schema: AvroRecord, file: ContractFile, where: string): Roles {
  const slotOf = (role: string, name: string, accepts: (type: AvroType) => boolean, expected: string) => {
    const slot = schema.fields.findIndex((field) => field.name === name);
    if (slot >= 0 && accepts(schema.fields[slot].type)) return slot;
    throw new SetupError(
      'contract_invalid',
      `${where}: ${role}: ${name} must be a field that is always given, ${expected}`,
    );
  };
  const isTime = (type: AvroType) => type.kind === 'long' && type.logical !== null;
  const isScalar = (type: AvroType) => ['string', 'enum', 'int', 'long', 'boolean'].includes(type.kind);
  const { eventId, eventTime } = file.roles;
  const timeSlot = slotOf('roles.eventTime', eventTime, isTime, 'a timestamp');
  const { type } = schema.fields[timeSlot];
  const isMicros = type.kind === 'long' && type.logical === 'timestamp-micros';
  return {
    rowsSlot: schema.fields.findIndex(({ name }) => name === file.rows),
    eventIdSlot: slotOf('roles.eventId', eventId, ({ kind }) => kind === 'string', 'text'),
    identitySlots: (file.identity ?? [eventId]).map((name) =>
      slotOf('identity', name, isScalar, 'text or a whole number'),
    ),
    eventTimeMs: isMicros
      ? (event) => (event[timeSlot] as number) / 1000
      : (event) => event[timeSlot] as number,
  };
}
