import { encodeAvro } from '@gondola/contract';
import type { Signal } from '@gondola/events';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { SetupError, type OutgoingRecord } from '@gondola/stream';

const SUBJECT = 'retail.stockout.signal';

/** A signal as `retail.stockout.signal`, Avro with the Confluent prefix, keyed by store. */
export function createSignalEncoder(registry: SchemaRegistry): (signal: Signal) => OutgoingRecord {
  const contract = registry.contractOf(SUBJECT);
  if (!contract)
    throw new SetupError('contract_invalid', `there is no contract ${SUBJECT} among the schemas`);
  const type = new TextEncoder().encode(SUBJECT);
  return (signal) => {
    const { atMs: at, sinceMs: since, expectedAtMs: expectedAt, actByMs: actBy, ...rest } = signal;
    return {
      key: new TextEncoder().encode(signal.storeId),
      value: encodeAvro(contract, { ...rest, at, since, expectedAt, actBy }),
      headers: [{ key: 'ce_type', value: type }],
      timestampMs: at,
    };
  };
}
