/** Stands in a name for the environment that it carries. */
export const MARK = 'ENV';

const name = `acme-x-${MARK}-euw1-01`;
const path = `/etc/${MARK}/file`;
const url = `https://${MARK}.acme.com/path`;
const named = { name, signals: `acme-signals-${MARK}-euw1-01` };
const bootstrap = [`kafka-1.${MARK}.acme.com:9094`];

/** Every broker with every field that names something, each of them in one of these. */
const STREAMS = {
  embedded: { file: path },
  kafka: {
    ...{ broker: 'kafka', ...named, bootstrap, client: 'platformatic', instanceId: `i-${MARK}` },
    tls: { caFile: path, certFile: path, keyFile: path },
    sasl: { mechanism: 'plain', username: `gondola-${MARK}`, passwordFile: path },
  },
  kafkaToken: { broker: 'kafka', ...named, bootstrap, sasl: { mechanism: 'oauthbearer', tokenFile: path } },
  kafkaOauth: {
    ...{ broker: 'kafka', ...named, bootstrap },
    sasl: {
      mechanism: 'oauthbearer',
      clientCredentials: { endpoint: 'https://id', clientId: `x-${MARK}`, secretFile: path },
    },
  },
  kafkaHubs: {
    ...{ broker: 'kafka', ...named, bootstrap },
    sasl: { mechanism: 'event-hubs', connectionStringFile: path },
  },
  kinesis: {
    ...{ broker: 'kinesis', ...named, endpoint: url, consumerName: name },
    leases: { tablePrefix: `${name}-`, endpoint: url },
  },
  eventHubs: {
    ...{ broker: 'event-hubs', ...named, namespace: `${name}.servicebus.windows.net`, consumerGroup: name },
    checkpointStore: { container: name, account: `acmelake${MARK}weu01`, endpoint: url },
  },
  eventHubsByFile: { broker: 'event-hubs', ...named, connectionStringFile: path },
} as const;

const webhooks = {
  hosts: ['*.acme.com'],
  subscriptions: [{ name: `tasks-${MARK}`, url, secretFile: path }],
};

const LAKES = {
  local: { store: 'local', folder: path },
  s3: { store: 's3', bucket: name, prefix: `a/${MARK}`, endpoint: url },
  azure: {
    ...{ store: 'azure', container: name, prefix: `a/${MARK}` },
    ...{ account: `acmelake${MARK}weu01`, endpoint: url },
  },
} as const;

const label = { name: `registry-${MARK}` };
const REGISTRIES = {
  embedded: { kind: 'embedded' },
  basic: {
    ...{ kind: 'confluent', ...label, urls: [url, url], caFile: path },
    basicAuth: { username: `gondola-${MARK}`, passwordFile: path },
  },
  oauth: {
    ...{ kind: 'confluent', ...label, urls: [url] },
    oauth: { endpoint: 'https://id', clientId: `x-${MARK}`, secretFile: path, scope: 'x' },
  },
  glue: { kind: 'glue', ...label, endpoint: url },
  azure: { kind: 'azure', ...label, namespace: `${name}.servicebus.windows.net` },
} as const;

const tracing = { endpoint: url };
const lineageFile = { file: path, namespace: name };
const lineageUrl = { url, authorizationFile: path, namespace: name };
const models = [
  { kind: 'openai', url, model: 'a-model', keyFile: path },
  { kind: 'azure', endpoint: url, deployment: name, keyFile: path },
  { kind: 'bedrock', endpoint: url, model: 'a-model' },
];
const environment = MARK;
const common = { environment, lake: LAKES.s3, schemas: path, tracing };
const masking = { keyFile: path };

const streams = Object.values(STREAMS);
const lakes = Object.values(LAKES);
const registries = Object.values(REGISTRIES);
const line = { ...common, stream: STREAMS.kafka };
const ingest = { ...line, masking, lineage: lineageFile };
const collector = { ...line, keysFile: path };
const api = { environment, lake: LAKES.s3, tracing };
const access = {
  ...{ keysFile: path, session: { keyFile: path }, origins: [`https://${MARK}.acme.com`] },
  oidc: { issuer: url, jwksUrl: url, audience: `gondola-${MARK}` },
};
const silences = { environment, lake: LAKES.s3, alertmanager: { url, tokenFile: path } };

/** For each service configurations in which together everything is set that names something. */
export const CONFIGS: Readonly<Record<string, readonly object[]>> = {
  ingest: [
    { ...ingest, bronze: { encryption: { keyFile: path } }, dedupe: { continues: name } },
    { ...ingest, lineage: lineageUrl },
    ...streams.map((stream) => ({ ...ingest, stream })),
    ...streams.map((validated) => ({ ...ingest, validated })),
    ...lakes.map((lake) => ({ ...ingest, lake })),
    ...registries.map((registry) => ({ ...ingest, registry })),
  ],
  detect: [
    {
      ...line,
      ...{ reference: [{ name }, { name }], detection: { sumsStream: name }, snapshot: { continues: name } },
      lineage: lineageFile,
    },
    { ...line, lineage: lineageUrl },
    ...streams.map((stream) => ({ ...line, stream })),
    ...lakes.map((lake) => ({ ...line, lake })),
    ...registries.map((registry) => ({ ...line, registry })),
  ],
  api: [
    { ...api, access },
    { ...api, quarantine: { ingest: path, tokenFile: path }, verdicts: { tokenFile: path } },
    ...models.map((model) => ({ ...api, explain: { model } })),
    ...streams.map((stream) => ({ ...api, verdicts: { stream } })),
    ...lakes.map((lake) => ({ ...api, lake })),
    { ...api, webhooks },
  ],
  collector: [
    ...streams.map((stream) => ({ ...collector, stream })),
    ...lakes.map((lake) => ({ ...collector, lake })),
    ...registries.map((registry) => ({ ...collector, registry })),
  ],
  up: [
    ...[lineageFile, lineageUrl].map((lineage) => ({ ...common, masking, lineage })),
    ...streams.map((stream) => ({ ...common, stream })),
    ...lakes.map((lake) => ({ ...common, lake })),
    ...registries.map((registry) => ({ ...common, registry })),
  ],
  silences: lakes.map((lake) => ({ ...silences, lake })),
};
