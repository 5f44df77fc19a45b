import type { Type } from 'avsc';
import { avscTypeOf } from './avro-type.js';
import type { Contract } from './contract.js';

const types = new WeakMap<Contract, Type>();

/**
 * An event as producers send it: Confluent's framing (a zero byte, the schema id in four bytes, big end first) and the
 * value in Avro, by the newest schema. `value` is natural: nullable values plain, times as whole numbers, one of several records
 * as `{ <its name>: ... }`; fields that have a default may be missing. Throws a plain error when it does not fit the schema: that is the caller's mistake.
 */
export function encodeAvro(contract: Contract, value: object): Uint8Array {
  const newest = contract.versions[contract.versions.length - 1];
  if ((newest.kind ?? 'avro') !== 'avro') throw new RangeError(`${contract.subject} is not written in Avro`);
  let type = types.get(contract);
  if (!type) {
    if ((newest.kind ?? 'avro') !== 'avro') throw new Error(`events of ${contract.subject} are not Avro`);
    type = avscTypeOf(newest.text, newest.references);
    types.set(contract, type);
  }
  const body = type.toBuffer(value);
  const framed = new Uint8Array(5 + body.length);
  new DataView(framed.buffer).setInt32(1, newest.id);
  framed.set(body, 5);
  return framed;
}
