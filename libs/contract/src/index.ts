export { toNatural, type AvroField, type AvroRecord, type AvroType, type Slot } from './avro-type.js';
export type { ContractLookup, KnownSchema, RemoteLookup } from './contract-lookup.js';
export {
  Contract,
  type ContractSource,
  type Event,
  type SchemaReference,
  type SchemaVersion,
  type WriterKey,
} from './contract.js';
export { referencesIn, type Masking, type ReferenceSpec } from './contract-file.js';
export { encodeAvro } from './encode-avro.js';
export { EventBatchBuilder } from './event-batch-builder.js';
export type { FastRead } from './fast/fast-reader.js';
export { generateAllTypes, generateTypes } from './generate-types.js';
export { identityHash, type IdentityPart } from './identity-hash.js';
export { Problem } from './problem.js';
export type { RemoteRegistry, RemoteSchema, SchemaId, SchemaKind, SchemaName } from './remote-registry.js';
export { TYPES_FOLDER, versionOfFile } from './schema-kinds.js';
