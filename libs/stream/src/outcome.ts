/**
 * Why a record cannot become an event. A closed list: it is a column of the quarantine table, a metric label
 * and what people filter by. Adding one is a change of contract with them.
 */
export const QUARANTINE_REASONS = [
  'value_empty', // no bytes at all
  'value_too_large', // more bytes than the contract allows
  'framing_unknown', // not one of the framings we know
  'environment_foreign', // says that another environment took it in
  'subject_unknown', // names a subject that has no contract
  'schema_unknown', // names a schema id that the registry does not have
  'schema_pending', // names a schema id that the registry has not answered for yet: taken up when it has
  'decode_failed', // bytes are not what the schema says: truncated, trailing, garbage, not UTF-8, not JSON
  'schema_mismatch', // decoded, but a field has the wrong type or is missing
  'number_not_finite', // NaN or infinity
  'event_time_invalid', // before the year 2000, or not a time
  'event_time_in_future', // further ahead of the broker's clock than a till may be
  'rule_broken', // a rule of the contract says no
  'rule_error', // a rule of the contract could not be computed: fails closed
  'expectation_failed', // the contract expects something else, and in this environment keeps what is not so out of silver
  'event_known', // judged again it would pass, but another record of the same event is in silver
  // Of documents in a format of others, see libs/mappers:
  'mapper_unreadable', // not the format at all: not UTF-8, not JSON or XML, a DOCTYPE, too deep, inflates to too much
  'mapper_event_unknown', // readable, but it speaks of nothing that a contract has: a page view, a drawer opened
  'mapper_field_missing', // a field without which the event would mean nothing, and nothing stands in for it
  'mapper_field_invalid', // there, but it does not say what it has to: no number, a time without a zone
  'mapper_retraction', // takes back an earlier event without saying what that one held
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

/** Why a good record is not written again. */
export type DropReason = 'duplicate';

/** What is wrong with record `index` of its batch. Records that are not listed passed. */
export type Rejection =
  | {
      readonly kind: 'quarantine';
      readonly index: number;
      readonly stage: string;
      readonly reason: QuarantineReason;
      /** JSON pointer (RFC 6901) to the field at fault, '' for the whole record. */
      readonly pointer: string;
      /** In words a producer understands; never holds the field's value, which may be personal. */
      readonly message: string;
      /** Subject and contract version, where it got that far. */
      readonly subject: string | null;
      readonly schemaVersion: number | null;
      /** Of `expectation_failed`: which one, and when the event happened (ms). */
      readonly expectation?: { readonly name: string; readonly eventTimeMs: number };
    }
  | {
      readonly kind: 'drop';
      readonly index: number;
      readonly stage: string;
      readonly reason: DropReason;
      readonly subject: string;
      readonly eventTimeMs: number;
    };

/** How many records each stage rejected for each reason. */
export function countRejections(
  rejected: readonly Rejection[],
): Iterable<{ readonly stage: string; readonly reason: string; readonly records: number }> {
  const counts = new Map<string, { stage: string; reason: string; records: number }>();
  for (const { stage, reason } of rejected) {
    const entry = counts.get(`${stage} ${reason}`) ?? { stage, reason, records: 0 };
    entry.records++;
    counts.set(`${stage} ${reason}`, entry);
  }
  return counts.values();
}

/** How many records of each contract were quarantined for each reason. */
export function countQuarantined(
  rejected: readonly Rejection[],
): Iterable<{ readonly subject: string | null; readonly reason: string; readonly records: number }> {
  const counts = new Map<string, { subject: string | null; reason: string; records: number }>();
  for (const { kind, subject, reason } of rejected) {
    if (kind !== 'quarantine') continue;
    const entry = counts.get(`${reason} ${subject}`) ?? { subject, reason, records: 0 };
    entry.records++;
    counts.set(`${reason} ${subject}`, entry);
  }
  return counts.values();
}

/** Counts against the share that may be bad. What waits for a registry is not. */
export const isBad = ({ kind, reason }: Rejection): boolean =>
  kind === 'quarantine' && reason !== 'schema_pending';
