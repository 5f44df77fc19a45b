import { Problem, type Contract, type KnownSchema } from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import type { SchemaRegistry } from './registry.js';
import type { LoggedSchema } from './schema-log.js';

const KEY_OR_VALUE = /-(?:value|key)$/;

/**
 * The contract that a remote schema is of, and how its bytes are read into it; or why they cannot be. A contract is found
 * by the names under which the registry has the schema (`retail.pos.transaction`, or `<that>-value` as Kafka's topics are
 * named), or by the full name of its Avro record (which is what RecordName and TopicRecordName use), compared with subjects,
 * `types` and the records of the contracts.
 */
export function bindSchema(contracts: SchemaRegistry, schema: LoggedSchema): KnownSchema | Problem {
  const { id, kind, text, names, references } = schema;
  const bound = contractOf(contracts, schema);
  if (!bound) {
    const subjects = names.map(({ subject }) => subject).join(', ') || 'no name';
    return new Problem(
      'subject_unknown',
      '',
      `schema ${id} is of ${subjects}: no contract has it among its types`,
    );
  }
  const { contract, version } = bound;
  if (kind === 'protobuf')
    return new Problem('schema_mismatch', '', `schema ${id} is Protobuf, which contracts cannot read yet`);
  if (kind !== contract.kind && contract.kind !== 'avro')
    return new Problem('schema_mismatch', '', `schema ${id} is not JSON, which ${contract.subject} is`);
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
    return new Problem(
      'schema_mismatch',
      '',
      `the contract cannot read what schema ${id} writes: ${error.message}`,
    );
  }
  return { contract, version, kind, writer };
}

function contractOf(
  contracts: SchemaRegistry,
  { kind, text, names }: LoggedSchema,
): { readonly contract: Contract; readonly version: number } | null {
  for (const { subject, version } of names) {
    const contract = contracts.contractOf(subject) ?? contracts.contractOf(subject.replace(KEY_OR_VALUE, ''));
    if (contract) return { contract, version };
  }
  const record = kind === 'avro' ? recordNameOf(text) : null;
  if (record === null) return null;
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
