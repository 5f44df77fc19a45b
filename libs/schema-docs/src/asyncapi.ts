import type { Contract, SchemaKind } from '@gondola/contract';
import { jsonDocumentsOf } from './json-documents.js';
import type { LineFacts } from './line-facts.js';
import { keyFields, type SubjectDoc } from './subject-doc.js';
import { wholeAvroOf } from './whole-avro.js';

const KAFKA_BINDING = { bindingVersion: '0.5.0' };
/** AsyncAPI 3.0 knows Avro by this name, whatever of 1.9 to 1.12 wrote the schema. */
const FORMATS: Readonly<Record<SchemaKind, string>> = {
  avro: 'application/vnd.apache.avro;version=1.9.0',
  json: 'application/schema+json;version=draft-07',
  protobuf: 'application/vnd.google.protobuf;version=3',
};
const CONTENT_TYPES: Readonly<Record<SchemaKind, string>> = {
  avro: 'avro/binary',
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};
const EXAMPLES_MAX = 3;

/**
 * The contracts as an AsyncAPI 3.0 document, from where Góndola stands: it receives what producers send and sends its signals. Each subject is
 * a channel; several may have the same address, since one stream carries many subjects. What AsyncAPI has no word for begins with `x-`.
 */
export function asyncApiOf(subjects: readonly SubjectDoc[], facts: LineFacts, version: string): object {
  const names = subjects.map(({ contract }) => contract.subject);
  const each = (describe: (subject: SubjectDoc) => object) =>
    Object.fromEntries(subjects.map((subject, index) => [names[index], describe(subject)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Góndola: events of shops, and signals of their shelves',
      version,
      description:
        'What producers send and what Góndola says. Events are taken as bytes with the id of the schema in front, or as JSON with the same fields, ' +
        'as CloudEvents or as they are. What does not keep its contract goes to quarantine with a reason, and stops nobody.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      tags: [...new Set(subjects.flatMap(({ file }) => file.tags))].sort().map((name) => ({ name })),
    },
    defaultContentType: 'avro/binary',
    ...(facts.kafka && { servers: serversOf(facts, facts.kafka) }),
    channels: each((subject) => channelOf(subject, facts)),
    operations: Object.fromEntries(subjects.map((subject) => operationOf(subject, facts))),
    components: {
      messages: each((subject) => messageOf(subject, facts)),
      schemas: Object.fromEntries(subjects.flatMap(({ contract }) => Object.entries(schemasOf(contract)))),
    },
  };
}

function serversOf({ registryUrl, environment }: LineFacts, kafka: NonNullable<LineFacts['kafka']>) {
  const [protocol, title] = kafka.isEncrypted ? ['kafka-secure', 'Kafka over TLS'] : ['kafka', 'Kafka'];
  const registry = registryUrl !== null && {
    schemaRegistryUrl: registryUrl,
    schemaRegistryVendor: 'confluent',
  };
  return Object.fromEntries(
    kafka.bootstrap.map((host, index) => [
      `kafka-${index + 1}`,
      {
        host,
        protocol,
        title,
        description: `Of the environment ${environment}${kafka.mechanism ? `; SASL ${kafka.mechanism}` : ''}.`,
        bindings: { kafka: { ...registry, ...KAFKA_BINDING } },
      },
    ]),
  );
}

const addressOf = (subject: string, { written, stream, signals }: LineFacts): string =>
  written.has(subject) ? signals : stream;

function channelOf({ contract, file }: SubjectDoc, facts: LineFacts): object {
  const { subject } = contract;
  const topic = addressOf(subject, facts);
  return {
    address: topic,
    title: subject,
    description: file.description,
    messages: { [subject]: { $ref: `#/components/messages/${subject}` } },
    tags: file.tags.map((name) => ({ name })),
    ...(facts.kafka && { bindings: { kafka: { topic, ...KAFKA_BINDING } } }),
  };
}

function operationOf({ contract, file }: SubjectDoc, { written }: LineFacts): [string, object] {
  const { subject } = contract;
  const action = written.has(subject) ? 'send' : 'receive';
  return [
    `${action}-${subject}`,
    {
      action,
      channel: { $ref: `#/channels/${subject}` },
      summary: `${action === 'send' ? 'Sent by' : 'Received from'} ${file.owner}.`,
      messages: [{ $ref: `#/channels/${subject}/messages/${subject}` }],
    },
  ];
}

/** What the schemas of a contract name, so that nobody has to look for it elsewhere. */
function schemasOf(contract: Contract): Readonly<Record<string, object>> {
  const newest = contract.versions[contract.versions.length - 1];
  if (newest.kind !== 'json') return {};
  const { named } = jsonDocumentsOf(contract.subject, newest, payloadPlace(contract));
  return Object.fromEntries(
    Object.entries(named).map(([key, schema]) => [key, { schemaFormat: FORMATS.json, schema }]),
  );
}

const payloadPlace = ({ subject }: Contract): string => `/components/messages/${subject}/payload/schema`;

/** By itself, without anything that a registry would have to add. */
function payloadOf(contract: Contract): unknown {
  const newest = contract.versions[contract.versions.length - 1];
  if (newest.kind === 'protobuf') return newest.text;
  if (newest.kind !== 'json') return wholeAvroOf(newest);
  return jsonDocumentsOf(contract.subject, newest, payloadPlace(contract)).schema;
}

function messageOf({ contract, file, fields, examples }: SubjectDoc, facts: LineFacts): object {
  const { subject, versions, types } = contract;
  const newest = versions[versions.length - 1];
  const { kind = 'avro' } = newest;
  const description = `The first that is given of: ${[...keyFields(contract), file.roles.eventId].join(', ')}.`;
  return {
    name: subject,
    title: contract.schema.name,
    summary: contract.schema.doc ?? file.description,
    contentType: CONTENT_TYPES[kind],
    payload: {
      schemaFormat: FORMATS[kind],
      schema: payloadOf(contract),
    },
    headers: {
      type: 'object',
      description: 'CloudEvents 1.0, binary mode. Not needed where the bytes name their schema.',
      properties: {
        ce_specversion: { type: 'string', const: '1.0' },
        ce_type: { type: 'string', enum: types },
        ce_id: { type: 'string' },
        ce_source: { type: 'string', format: 'uri-reference' },
        ce_subject: { type: 'string' },
        ce_time: { type: 'string', format: 'date-time' },
        'content-type': { type: 'string' },
      },
    },
    tags: file.tags.map((name) => ({ name })),
    ...(facts.kafka && {
      bindings: {
        kafka: {
          key: { type: 'string', description },
          schemaIdLocation: 'payload',
          schemaIdPayloadEncoding: 'confluent',
          ...KAFKA_BINDING,
        },
      },
    }),
    examples: examples.pass
      .slice(0, EXAMPLES_MAX)
      .map(({ name, event }) => ({ name: name.replace(/\.json$/, ''), payload: event })),
    'x-owner': file.owner,
    'x-compatibility': file.compatibility,
    'x-versions': versions.map(({ version, id }) => ({ version, id })),
    ...(file.serviceLevel && { 'x-service-level': file.serviceLevel }),
    'x-personal': file.personal,
    'x-rules': file.rules.map(({ name, check, message, pointer }) => ({ name, message, check, pointer })),
    'x-silver': fields.flatMap(({ pointer, column }) => (column ? { pointer, ...column } : [])),
  };
}
