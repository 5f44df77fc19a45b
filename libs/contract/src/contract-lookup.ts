import type { Checkpoint } from '@gondola/stream';
import type { Contract, WriterKey } from './contract.js';
import type { Problem } from './problem.js';
import type { MessagePlace } from './protobuf/proto-schema.js';
import type { SchemaId, SchemaKind } from './remote-registry.js';

/** A schema of a contract: what bytes that name it are. */
export interface KnownSchema {
  readonly contract: Contract;
  /** What silver says the event was written with: the version as its registry counts. */
  readonly version: number;
  readonly kind: SchemaKind;
  /** Under which the contract knows it. */
  readonly writer: WriterKey;
}

/** A schema that is a file of Protobuf messages: each record says which one it is. */
export interface KnownMessages {
  /** The same object for the same message each time. A problem: there is no such message, or it is no event of a contract. */
  readonly messageAt: (place: MessagePlace) => KnownSchema | Problem;
}

/** What a stage needs of a registry: everything that is known, without waiting. */
export interface ContractLookup {
  /** By subject, by CloudEvents type, or by either with `.v<version>`. */
  contractOf(subjectOrType: string): Contract | null;
  /**
   * The same object for the same id each time. null: there is no such schema. A problem: there is, or may be, but records
   * that name it cannot be read (now).
   */
  schemaById(id: SchemaId): KnownSchema | KnownMessages | Problem | null;
  /** Of registries that are asked over a network; whatever is in `schemas/` is all there. */
  readonly remote?: RemoteLookup;
}

export interface RemoteLookup {
  /** Before the first record from these positions on; again after each assignment. Fails like the lake. */
  ready(starts: Checkpoint): Promise<void>;
  /** Records of this partition are judged next. */
  begin(partition: string): void;
  /**
   * A batch was judged. Null: its answers stand. Else to be waited for: then more is known, and the batch is to be judged
   * again. May fail with what stands in the way of starting.
   */
  more(): Promise<void> | null;
  /** Time has passed without records. */
  idle(): void;
}
