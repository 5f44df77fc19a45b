import type { KnownMessages, KnownSchema, Problem } from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { bindMessages } from './bind-messages.js';
import { cannotRead, contractBySubject, nobodys, notJson, type Bound } from './binding.js';
import type { SchemaRegistry } from './registry.js';
import type { LoggedSchema } from './schema-log.js';

/**
 * The contract that a remote schema is of, and how its bytes are read into it; or why they cannot be. A contract is found
 * by the subject that its `contract.yaml` names, by the names under which the registry has the schema
 * (`retail.pos.transaction`, or `<that>-value` as Kafka's topics are named), or by the full name of its Avro record (which is
 * what RecordName and TopicRecordName use), compared with subjects, `types` and the records of the contracts.
 */
export function bindSchema(
  contracts: SchemaRegistry,
  schema: LoggedSchema,
): KnownSchema | KnownMessages | Problem {
  const { id, kind, text, references } = schema;
  if (kind === 'protobuf') return bindMessages(contracts, schema);
  const bound = contractOf(contracts, schema);
  if (!bound) return nobodys(schema);
  const { contract, version } = bound;
  const unlike = notJson(contract, schema);
  if (unlike) return unlike;
  const writer = `schema ${id}`;
  try {
    if (kind === 'json') contract.addJsonWriter(writer, text, references);
    else
      contract.addWriter(
        writer,
        text,
        references.map((reference) => reference.text),
      );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return cannotRead(schema, error);
  }
  return { contract, version, kind, writer };
}

function contractOf(contracts: SchemaRegistry, { kind, text, names }: LoggedSchema): Bound | null {
  const bound = contractBySubject(contracts, names);
  const record = bound || kind !== 'avro' ? null : recordNameOf(text);
  if (record === null) return bound;
  const contract =
    contracts.contractOf(record) ??
    contracts.contracts().find(({ versions }) => versions.some((one) => recordNameOf(one.text) === record));
  return contract ? { contract, version: names[0]?.version ?? contract.newestVersion } : null;
}

/** With its namespace. */
function recordNameOf(text: string): string | null {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    // Whether it is a schema at all is found out, and said, when it is compiled.
    return null;
  }
  if (typeof schema !== 'object' || schema === null || !('name' in schema)) return null;
  const { name } = schema;
  const namespace = 'namespace' in schema ? schema.namespace : null;
  if (typeof name !== 'string') return null;
  return name.includes('.') || typeof namespace !== 'string' ? name : `${namespace}.${name}`;
}
