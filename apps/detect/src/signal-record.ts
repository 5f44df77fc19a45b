import { encodeAvro } from '@gondola/contract';
import {
  eventAttributes,
  SIGNAL_EVENT_TYPE,
  signalAttributes,
  type EventAttributes,
  type NumberedIncident,
  type Signal,
} from '@gondola/events';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { SetupError, type Header, type OutgoingRecord } from '@gondola/stream';

const SUBJECT = SIGNAL_EVENT_TYPE;
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
      headers: headersOf(signalAttributes(signal)),
      timestampMs: at,
    };
  };
}

/** CloudEvents 1.0, binary mode (Kafka protocol binding 3.2). Readers that know the Confluent prefix need none of it. */
function headersOf(attributes: EventAttributes): Header[] {
  const named = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)] as const);
  const encoder = new TextEncoder();
  return [...named, ['content-type', 'application/avro'] as const].map(([key, value]) => ({
    key,
    value: encoder.encode(value),
  }));
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
  return ({ ordinal, incident: { atMs: at, sinceMs: since, ...rest } }) => {
    const changeId = `${rest.incidentId}-${ordinal}`;
    const about = rest.storeId ?? rest.itemId ?? '';
    const { environment } = rest;
    return {
      key: new TextEncoder().encode(about),
      value: encodeAvro(contract, { ...rest, changeId, at, since }),
      headers: headersOf(
        eventAttributes({ environment, type: INCIDENT_SUBJECT, id: changeId, about: [about], atMs: at }),
      ),
      timestampMs: at,
    };
  };
}
