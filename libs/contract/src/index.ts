export { toNatural, type AvroField, type AvroRecord, type AvroType, type Slot } from './avro-type.js';
export type { ContractLookup } from './contract-lookup.js';
export { Contract, type ContractSource, type Event, type SchemaVersion } from './contract.js';
export type { Masking } from './contract-file.js';
export { encodeAvro } from './encode-avro.js';
export { EventBatchBuilder } from './event-batch-builder.js';
export { generateAllTypes, generateTypes } from './generate-types.js';
export { identityHash, type IdentityPart } from './identity-hash.js';
export { Problem } from './problem.js';
