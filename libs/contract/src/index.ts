export { toNatural, type AvroField, type AvroRecord, type AvroType, type Slot } from './avro-type.js';
export {
  compatibilityBreaks,
  describeBreak,
  isMode,
  type CompatibilityBreak,
  type CompatibilityMode,
} from './compatibility.js';
export type { ContractLookup, KnownMessages, KnownSchema, RemoteLookup } from './contract-lookup.js';
export {
  Contract,
  type ContractSource,
  type Event,
  type SchemaReference,
  type SchemaVersion,
  type WriterKey,
} from './contract.js';
export { parseContractFile, type ContractFile, type Masking, type ReferenceSpec } from './contract-file.js';
export { encodeAvro } from './encode-avro.js';
export { EventBatchBuilder } from './event-batch-builder.js';
export type { FastRead } from './fast/fast-reader.js';
export type { ContractExpectation, ExpectationTest } from './expectation.js';
export { referenceKeyColumn } from './reference-key.js';
export { generateAllTypes, generateTypes } from './generate-types.js';
export { identityHash, type IdentityPart } from './identity-hash.js';
export { parseSchema, schemaFileOf, TYPES_FOLDER, versionOfFile } from './parse-schema.js';
export { Problem } from './problem.js';
export type { KnownVersion, Refused, SchemaText, SubjectRegistry } from './subject-registry.js';
export { parseProto } from './protobuf/parse-proto.js';
export { readMessageIndexes, readMessageNumber } from './protobuf/message-indexes.js';
export type { MessagePlace, ProtoFile, ProtoMessage } from './protobuf/proto-schema.js';
export type { RemoteRegistry, RemoteSchema, SchemaId, SchemaKind, SchemaName } from './remote-registry.js';
export { walkFields, type PlacedField } from './walk-fields.js';
export { RowHasher } from './row-hasher.js';
