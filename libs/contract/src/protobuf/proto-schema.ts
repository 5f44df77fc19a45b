/** Scalars of Protobuf; what tells them apart is how they are written. */
export type ProtoScalar =
  | 'double'
  | 'float'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes';

export type ProtoType =
  | { readonly kind: ProtoScalar }
  | ProtoEnum
  | { readonly kind: 'message'; readonly message: ProtoMessage }
  /** `google.protobuf.Timestamp` and `google.type.Date`. */
  | { readonly kind: 'timestamp' | 'date' }
  /** `google.protobuf.StringValue` and its like: a message around a scalar, so that it can be missing. */
  | { readonly kind: 'wrapper'; readonly of: ProtoScalar }
  | { readonly kind: 'map'; readonly key: ProtoScalar; readonly value: ProtoType }
  /** Groups, and types that no file was given for. They can be skipped, not read. */
  | { readonly kind: 'unreadable'; readonly name: string };

export interface ProtoEnum {
  readonly kind: 'enum';
  /** Without its package. */
  readonly name: string;
  /** Names of each number, several where there are aliases. */
  readonly names: ReadonlyMap<number, readonly string[]>;
}

export interface ProtoField {
  readonly name: string;
  /** As in Protobuf's JSON: camelCase, unless the file says otherwise. */
  readonly jsonName: string;
  readonly number: number;
  /** Of its entries, where it is repeated. */
  readonly type: ProtoType;
  readonly isRepeated: boolean;
  /** Whether a record tells "not given" from the type's zero. */
  readonly hasPresence: boolean;
  /** By `required` of proto2, or an option of protovalidate or of Google's APIs. */
  readonly isRequired: boolean;
  /** proto2's `[default = ...]` (an enum's as its name); undefined: none. */
  readonly declaredDefault: string | number | boolean | undefined;
  /** Fields of one group exclude each other. */
  readonly oneof: string | null;
  readonly doc: string | null;
}

export interface ProtoMessage {
  /** With its package. */
  readonly fullName: string;
  readonly name: string;
  readonly doc: string | null;
  /** May hold the message itself. */
  readonly fields: readonly ProtoField[];
}

/**
 * Which message of its file a record holds, as its framing says it: Confluent's way down (the number of a message in its
 * file, of one within that, ...), Glue's number, or nothing: the first one.
 */
export type MessagePlace = readonly number[] | number | null;

/** A `.proto` file. */
export interface ProtoFile {
  /** Null where there is no such message. */
  messageAt(place: MessagePlace): ProtoMessage | null;
}
