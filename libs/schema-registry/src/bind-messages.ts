import {
  parseProto,
  Problem,
  type KnownMessages,
  type KnownSchema,
  type MessagePlace,
  type ProtoFile,
  type ProtoMessage,
  type SchemaVersion,
} from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { cannotRead, contractBySubject, nobodys, notJson } from './binding.js';
import type { SchemaRegistry } from './registry.js';
import type { LoggedSchema } from './schema-log.js';

/**
 * The messages of a remote Protobuf schema, each bound to its contract when a record first names it. A message's contract is found by
 * its own full name first, because one file may hold the events of several, and then by the names under which the registry has the file.
 */
export function bindMessages(contracts: SchemaRegistry, schema: LoggedSchema): KnownMessages | Problem {
  const { id, text, references } = schema;
  let file: ProtoFile;
  try {
    file = parseProto(
      text,
      `schema ${id}`,
      references.map((reference) => reference.text),
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return new Problem('schema_mismatch', '', error.message);
  }
  const bound = new Map<ProtoMessage, KnownSchema | Problem>();
  const messageAt = (place: MessagePlace): KnownSchema | Problem => {
    const message = file.messageAt(place);
    if (!message) return new Problem('decode_failed', '', `schema ${id} has no message ${String(place)}`);
    let known = bound.get(message);
    if (!known) bound.set(message, (known = bindMessage(contracts, schema, message)));
    return known;
  };
  return withFirst(messageAt);
}

/** The event of a contract's own file is its first message, and no other is. */
export function firstMessageOf(known: KnownSchema): KnownMessages {
  const { subject } = known.contract;
  const other = new Problem(
    'schema_mismatch',
    '',
    `the event of ${subject} is the first message of its file`,
  );
  return withFirst((place) => (isFirst(place) ? known : other));
}

const isFirst = (place: MessagePlace): boolean =>
  place === null || (typeof place === 'object' && place.length === 1 && place[0] === 0);

/** The first message is asked for by nearly every record. */
function withFirst(messageAt: KnownMessages['messageAt']): KnownMessages {
  let first: KnownSchema | Problem | null = null;
  return { messageAt: (place) => (isFirst(place) ? (first ??= messageAt(place)) : messageAt(place)) };
}

function bindMessage(
  contracts: SchemaRegistry,
  schema: LoggedSchema,
  message: ProtoMessage,
): KnownSchema | Problem {
  const { id, names } = schema;
  const bySubject = contractBySubject(contracts, names);
  const contract =
    contracts.contractOf(message.fullName) ??
    contracts
      .contracts()
      .find(({ versions }) => versions.some((one) => firstNameIn(one) === message.fullName)) ??
    bySubject?.contract;
  if (!contract) return nobodys(schema);
  const unlike = notJson(contract, schema);
  if (unlike) return unlike;
  const writer = `schema ${id} ${message.fullName}`;
  try {
    contract.protobuf.add(writer, message, `${contract.subject} ${writer}`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return cannotRead(schema, error);
  }
  const version =
    bySubject?.contract === contract ? bySubject.version : (names[0]?.version ?? contract.newestVersion);
  return { contract, version, kind: 'protobuf', writer };
}

function firstNameIn({ kind, text, version, references = [] }: SchemaVersion): string | null {
  if (kind !== 'protobuf') return null;
  const texts = references.map((reference) => reference.text);
  return parseProto(text, `v${version}`, texts).messageAt(null)?.fullName ?? null;
}
