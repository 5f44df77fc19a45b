import type { QuarantineReason } from '@gondola/stream';

/** What a reason means to whoever sends the records, and what can be done. */
export const REASON_WORDS: Readonly<Record<QuarantineReason, string>> = {
  value_empty:
    'The record has no value. Send the event as the value; deletions have no place in a stream of events.',
  value_too_large:
    'The value has more bytes than the contract allows (valueBytesMax). Send less, or have the contract raised.',
  framing_unknown:
    'The first bytes are no framing that is known: a schema id, CloudEvents headers or JSON. Look at how the producer serialises.',
  environment_foreign:
    'It says that another environment took it in (header gondola_environment). Nobody copies streams of one environment into another.',
  subject_unknown:
    'It does not say of which contract it is, or names one that does not exist. Name a type in the CloudEvents headers, or set defaultSubject.',
  schema_unknown:
    'It names a schema id that the registry does not have. Register the schema, or point the producer to this registry.',
  schema_pending:
    'It names a schema id that the registry has not answered for yet. Ingest takes it up when it has; nothing has to be done.',
  decode_failed:
    'The bytes are not what its schema says: cut off, followed by others, not UTF-8, or not JSON. Look at the producer and what is between.',
  schema_mismatch:
    'A field is missing or has another type than the contract says. The pointer names the field.',
  number_not_finite: 'A number is NaN or infinite. Send null where nothing is known.',
  event_time_invalid:
    'The event time is no time, or before the year 2000. Look at the clock of the till and at the format.',
  event_time_in_future:
    'The event time is ahead of the time at which the broker took the record. Set the clock of the till.',
  rule_broken:
    'A rule of the contract says no. The message says what it expects, the pointer names the field.',
  rule_error:
    'A rule of the contract could not be computed for this event. The contract has to be mended, not the producer.',
  expectation_failed:
    'What the contract expects of every record here is not so. The message names the expectation, the pointer the field.',
  event_known:
    'It would pass now, but another record of the same event passed and is in silver. Nothing has to be done.',
  mapper_unreadable:
    "The body is not the format that the producer's key names: not UTF-8, not JSON or XML, too deep, or it inflates to too much.",
  mapper_event_unknown:
    'The body can be read, but speaks of nothing that a contract has. Send only sales, visits and movements of stock.',
  mapper_field_missing:
    'A field is missing without which the event would mean nothing. The pointer names it; a store or time zone may be given with the key.',
  mapper_field_invalid:
    'A field is there, but is no number, or no time with a zone. The pointer names it; a time zone may be given with the key.',
  mapper_retraction:
    'It takes back an earlier event without saying what that one held. Send the correction with its lines.',
};
