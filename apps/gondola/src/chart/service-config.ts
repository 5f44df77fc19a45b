import { apiConfigSchema } from '@gondola/api';
import { collectorConfigSchema } from '@gondola/collector';
import { registryFields, streamFields, tracingFields } from '@gondola/config';
import { detectServiceConfigSchema } from '@gondola/detect-service';
import { ingestConfigSchema } from '@gondola/ingest';
import type { z } from 'zod';
import { silencesConfigSchema } from '../silences/silences.config.js';
import {
  jsonSchemaOf,
  propertiesOf,
  strict,
  without,
  type JsonSchema,
  type Properties,
} from './json-schema.js';

/** Fields of which the chart has one value for all services, or which only it can know. */
const SAID_ONCE = ['environment', 'lake', 'registry', 'tracing'];
const COMMON_STREAM_FIELDS = ['broker', 'name', 'signals', 'allowGap'];
/** Topics are made beforehand, and a name of an instance cannot be that of several. */
const NOT_IN_A_CLUSTER = ['createTopics', 'partitions', 'instanceId'];

const branchesOf = (schema: z.ZodType): readonly JsonSchema[] =>
  jsonSchemaOf(schema)['oneOf'] as readonly JsonSchema[];

/** Fields of the configuration's `stream`, by broker; the embedded one is of one machine. */
function streamFieldsOf(broker: string): Properties {
  const branch = branchesOf(streamFields).find((one) => propertiesOf(one)['broker']?.['const'] === broker);
  if (!branch) throw new Error(`there is no broker ${broker}`);
  return without(propertiesOf(branch), ...COMMON_STREAM_FIELDS, ...NOT_IN_A_CLUSTER);
}

export const BROKER_BLOCKS: Properties = {
  kafka: strict(streamFieldsOf('kafka')),
  kinesis: strict(streamFieldsOf('kinesis')),
  eventHubs: strict(streamFieldsOf('event-hubs')),
};

/** Where the broker is: one service that read elsewhere would be told of nothing. */
const PLACE = ['bootstrap', 'namespace', 'region', 'endpoint', 'leases', 'checkpointStore'];

/** What one service may have otherwise than the others: never the broker. */
function streamOfOneService(): JsonSchema {
  const ofAny = Object.values(BROKER_BLOCKS).map(propertiesOf);
  const common = propertiesOf(branchesOf(streamFields)[0] ?? {});
  return strict({
    ...without(common, 'broker', 'file', 'partitions', 'batchBytesMax'),
    ...without(Object.assign({}, ...ofAny) as Properties, ...PLACE),
  });
}

const isRemote = (branch: JsonSchema): boolean => {
  const { broker, kind } = propertiesOf(branch);
  return (broker ?? kind)?.['const'] !== 'embedded';
};

/** None, or one over the network. */
export const REGISTRY: JsonSchema = {
  anyOf: [{ type: 'object', maxProperties: 0 }, ...branchesOf(registryFields).filter(isRemote)],
};
export const TRACING: JsonSchema = {
  anyOf: [{ type: 'object', maxProperties: 0 }, jsonSchemaOf(tracingFields)],
};

/** A service's `config`: all of its fields but those that the chart says. What is required comes from both. */
function configOf(schema: z.ZodType, ...said: readonly string[]): Properties {
  const properties = propertiesOf(jsonSchemaOf(schema));
  const { http } = properties;
  const rest = without(properties, 'http', ...SAID_ONCE, ...said);
  if (!http) return rest;
  // The port is the chart's own, drainMs stands beside the grace time.
  return { ...rest, http: strict(without(propertiesOf(http), 'host', 'port', 'drainMs')) };
}

const part = (properties: Properties, name: string): Properties => propertiesOf(properties[name] ?? {});

function ingestConfig(): JsonSchema {
  const { validated, ...fields } = configOf(ingestConfigSchema);
  const remote = ((validated?.['oneOf'] ?? []) as readonly JsonSchema[]).filter(isRemote);
  return strict({ ...fields, stream: streamOfOneService(), validated: { oneOf: remote } });
}

function apiConfig(): JsonSchema {
  const fields = configOf(apiConfigSchema);
  return strict({
    ...fields,
    verdicts: strict(without(part(fields, 'verdicts'), 'stream')),
    quarantine: strict(without(part(fields, 'quarantine'), 'ingest')),
  });
}

export const SERVICE_CONFIGS = {
  ingest: ingestConfig(),
  detect: strict({ ...configOf(detectServiceConfigSchema), stream: streamOfOneService() }),
  api: apiConfig(),
  collector: strict({ ...configOf(collectorConfigSchema), stream: streamOfOneService() }),
  silences: strict(configOf(silencesConfigSchema)),
} as const;
