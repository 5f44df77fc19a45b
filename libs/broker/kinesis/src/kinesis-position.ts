import type { Position } from '@gondola/stream';

/**
 * Position of a user record: the Kinesis record's sequence number, six more decimal digits for its place in an aggregated
 * record. The text of a position begins with the sequence number that other tools show.
 */
const USER_RECORD_DIGITS = 6;
const SHIFT = 10n ** BigInt(USER_RECORD_DIGITS);

/** More user records than this in one Kinesis record could not be told apart. */
export const USER_RECORDS_MAX = Number(SHIFT);

/** Of the first (or only) user record of a Kinesis record. */
export const positionOf = (sequenceNumber: string): Position =>
  BigInt(sequenceNumber.padEnd(sequenceNumber.length + USER_RECORD_DIGITS, '0'));

export const sequenceNumberOf = (position: Position): string => (position / SHIFT).toString();

export const userRecordOf = (position: Position): number => Number(position % SHIFT);
