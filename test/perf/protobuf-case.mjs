import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { parseProto } from '@gondola/contract';

/** A producer's file, registered elsewhere: what it writes is read into a contract by the names of its fields. */
export function protobufCase(file, change) {
  const text = readFileSync(join(import.meta.dirname, 'protobuf', file), 'utf8');
  const message = parseProto(text, file).messageAt(null);
  const encoded = protobufEncoder(text, message.fullName);
  const prefix = Buffer.from([0, 0, 0, 0, 9, 0]);
  return {
    encode: (_, event) => Buffer.concat([prefix, encoded(change(event))]),
    lookup(contract) {
      contract.protobuf.add('bench', message, file);
      const known = { contract, version: 1, kind: 'protobuf', writer: 'bench' };
      return { contractOf: () => contract, schemaById: () => ({ messageAt: () => known }) };
    },
  };
}

/** Encodes a message of a file, with a library of others: what we read is not what we wrote. */
export function protobufEncoder(text, name) {
  const { root } = protobuf.parse(text, new protobuf.Root());
  root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto').nested);
  const type = root.lookupType(name);
  return (event) => Buffer.from(type.encode(type.fromObject(event)).finish());
}

/** Of a flat event; what is null is not given. */
export const camelCased = (event) =>
  Object.fromEntries(
    Object.entries(event)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name.replace(/_(.)/g, (_, next) => next.toUpperCase()), value]),
  );
