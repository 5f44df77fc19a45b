import protobuf from 'protobufjs';
import { parseProto } from '../src/protobuf/parse-proto.js';
import type { Contract } from '../src/contract.js';
import type { Encoded } from './fast-against-slow.js';

/** A producer's own file for the contract in sale-contract.ts: names in snake_case, a field that the contract does not know. */
export const SALE_PROTO = `
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
enum Mode { MODE_UNSPECIFIED = 0; MODE_REAL = 1; MODE_TEST = 2; }
message Sale {
  string event_id = 1;
  google.protobuf.Timestamp sold_at = 2;
  string shop = 3;
  optional string buyer = 4;
  Mode mode = 5;
  int64 number = 6;
  google.protobuf.Timestamp paid_at = 7;
  map<string, string> tags = 8;
  repeated Item items = 9;
  repeated Tender tenders = 20;
  fixed64 till = 21;
}
message Item {
  enum Kind { OUT = 0; BACK = 1; }
  string item_id = 1;
  Kind kind = 2;
  double units = 3;
  optional double price = 4;
  repeated sint32 codes = 5;
}
message Tender { string means = 1; double amount = 2; }
`;

/** Encodes with a library of others: what we read is not what we wrote. */
export function encoderOf(text: string, name: string): (value: object) => Buffer {
  const { root } = protobuf.parse(text, new protobuf.Root(), { keepCase: false });
  for (const file of ['timestamp', 'wrappers'])
    root.addJSON(protobuf.common.get(`google/protobuf/${file}.proto`)?.nested ?? {});
  const type = root.lookupType(name);
  return (value) => Buffer.from(type.encode(type.fromObject(value as Record<string, unknown>)).finish());
}

/** The contract reads what the first message of a file writes, under the key that is returned. */
export function addWriter(contract: Contract, text: string, key = 'till'): string {
  const message = parseProto(text, key).messageAt(null);
  if (!message) throw new Error('there is no message');
  contract.protobuf.add(key, message, key);
  return key;
}

export const protobufOf = (bytes: Uint8Array, key = 'till'): Encoded => ({
  bytes: Buffer.from(bytes),
  avroVersion: null,
  protobuf: key,
});

export const timestampOf = (micros: number) => ({
  seconds: Math.floor(micros / 1_000_000),
  nanos: (((micros % 1_000_000) + 1_000_000) % 1_000_000) * 1000,
});
