import { encodeAvro } from '@gondola/contract';
import type { NumberedIncident, Signal } from '@gondola/events';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { SetupError, type OutgoingRecord } from '@gondola/stream';

const SUBJECT = 'retail.stockout.signal';
const INCIDENT_SUBJECT = 'retail.stockout.incident';

/** A signal as `retail.stockout.signal`, Avro with the Confluent prefix, keyed by store. */
export function createSignalEncoder(registry: SchemaRegistry): (signal: Signal) => OutgoingRecord {
  const contract = registry.contractOf(SUBJECT);
  if (!contract)
    throw new SetupError('contract_invalid', `there is no contract ${SUBJECT} among the schemas`);
  const kind = contract.schema.fields.find(({ name }) => name === 'kind')?.type;
  if (kind?.kind !== 'enum' || !kind.symbols.includes('partial'))
    throw new SetupError(
      'contract_invalid',
      `${SUBJECT}: its newest version does not know the kind partial: take v2 of the shipped schemas`,
    );
  const type = new TextEncoder().encode(SUBJECT);
  return (signal) => {
    const {
      atMs: at,
      sinceMs: since,
      expectedAtMs: expectedAt,
      actByMs: actBy,
      receipt: made,
      ...rest
    } = signal;
    const receipt = made && { ...made, clock: made.clockMs };
    return {
      key: new TextEncoder().encode(signal.storeId),
      value: encodeAvro(contract, { ...rest, at, since, expectedAt, actBy, receipt }),
      headers: [{ key: 'ce_type', value: type }],
      timestampMs: at,
    };
  };
}

/**
 * A change of an incident as `retail.stockout.incident`, on the same stream: in order with its store's signals. Null where
 * schemas of one's own do not have the contract.
 */
export function createIncidentEncoder(
  registry: SchemaRegistry,
): ((numbered: NumberedIncident) => OutgoingRecord) | null {
  const contract = registry.contractOf(INCIDENT_SUBJECT);
  if (!contract) return null;
  const type = new TextEncoder().encode(INCIDENT_SUBJECT);
  return ({ ordinal, incident: { atMs: at, sinceMs: since, ...rest } }) => {
    const changeId = `${rest.incidentId}-${ordinal}`;
    return {
      key: new TextEncoder().encode(rest.storeId ?? rest.itemId ?? ''),
      value: encodeAvro(contract, { ...rest, changeId, at, since }),
      headers: [{ key: 'ce_type', value: type }],
      timestampMs: at,
    };
  };
}
