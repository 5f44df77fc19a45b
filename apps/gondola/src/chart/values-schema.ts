import {
  flag,
  listOf,
  mapOf,
  oneOf,
  orEmpty,
  orNull,
  plain,
  strict,
  text,
  whole,
  type JsonSchema,
  type Properties,
} from './json-schema.js';
import { BROKER_BLOCKS, REGISTRY, TRACING } from './service-config.js';
import { DESTINATION, LABEL, OBJECT_NAME, PLAIN_ENV, SECRETS, SERVICES } from './service-values.js';

const STREAM_NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';
/** No query but these fields: a key or signature in an address ends up in logs. */
const QUERY = '(region|endpoint|pathStyle|account)=[^&#?@]+';
const LAKE = `^(s3|az)://[a-z0-9][a-z0-9._-]{1,62}(/[^?#]*)?([?]${QUERY}(&${QUERY})*)?$`;
const LABELS = mapOf(text(LABEL));

/** A tag that is moved says nothing of what runs. */
const IMAGE: Properties = {
  repository: text('^[a-z0-9]+([._-][a-z0-9]+)*(:[0-9]+/|/|$)([a-z0-9]+([._/-]+[a-z0-9]+)*)?$'),
  tag: orEmpty('^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$'),
  digest: orEmpty('^sha256:[0-9a-f]{64}$'),
};
const MOVED_TAG: JsonSchema = { not: { enum: ['latest', 'main', 'master', 'stable', 'edge'] } };
const imageOf = (own: Properties = {}): JsonSchema =>
  strict({ ...IMAGE, tag: { allOf: [IMAGE['tag'], MOVED_TAG] }, ...own }, ['repository']);

const STREAM = strict(
  {
    broker: oneOf('kafka', 'kinesis', 'event-hubs'),
    name: text(STREAM_NAME),
    signals: text(STREAM_NAME),
    allowGap: flag,
    partitions: whole(1, 10_000),
    ...BROKER_BLOCKS,
  },
  ['broker', 'name', 'signals', 'partitions'],
);

const TOLERATION = strict({
  key: plain,
  operator: oneOf('Exists', 'Equal'),
  value: plain,
  effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  tolerationSeconds: whole(0, 86_400),
});

const ABOUT: Properties = {
  environment: oneOf('dev', 'qa', 'prod'),
  owner: text(LABEL),
  costCenter: text(LABEL),
  paused: flag,
  // Of a chart that has this one as a part.
  global: { type: 'object' },
};

const PODS: Properties = {
  image: imageOf({
    pullPolicy: oneOf('IfNotPresent', 'Always', 'Never'),
    pullSecrets: listOf(text(OBJECT_NAME)),
  }),
  trainerImage: imageOf(),
  env: PLAIN_ENV,
  identity: strict({ provider: oneOf('none', 'aws', 'azure') }),
  topologySpread: strict({
    node: oneOf('ScheduleAnyway', 'DoNotSchedule'),
    zone: oneOf('ScheduleAnyway', 'DoNotSchedule'),
  }),
  nodeSelector: LABELS,
  tolerations: { type: 'array', items: TOLERATION },
  priorityClassName: orEmpty(OBJECT_NAME),
  podAnnotations: mapOf(plain),
};

const AROUND: Properties = {
  secrets: SECRETS,
  externalSecrets: strict({
    store: strict({ name: orEmpty(OBJECT_NAME), kind: oneOf('SecretStore', 'ClusterSecretStore') }),
    refreshInterval: text('^[1-9][0-9]*(m|h)$'),
  }),
  keda: strict({
    pollingIntervalSeconds: whole(5, 600),
    cooldownSeconds: whole(30, 3_600),
    prometheusUrl: orEmpty('^https?://[^/?#@ ]+(/[^?#@ ]*)?$'),
    secrets: listOf(
      strict({ parameter: plain, secretName: text(OBJECT_NAME), key: plain }, [
        'parameter',
        'secretName',
        'key',
      ]),
    ),
    metadata: mapOf(plain),
  }),
  monitoring: strict({
    enabled: flag,
    labels: LABELS,
    scrapeInterval: text('^[1-9][0-9]*(s|m)$'),
    rules: flag,
    dashboards: flag,
    dashboardLabels: LABELS,
  }),
  networkPolicy: strict({
    enabled: flag,
    dns: strict({ namespace: text(OBJECT_NAME), podLabels: LABELS }),
    monitoringNamespace: text(OBJECT_NAME),
    ingressNamespaces: listOf(text(OBJECT_NAME)),
    destinations: mapOf(orNull(DESTINATION), '^[a-z][a-z0-9-]{0,30}$'),
  }),
  quota: strict({
    enabled: flag,
    cpu: text('^[1-9][0-9]*$'),
    memory: text('^[1-9][0-9]*(Mi|Gi)$'),
    pods: whole(1, 10_000),
  }),
};

/** `values.schema.json` of the chart. Fields of services' configurations are those of the services' own schemas. */
export const valuesSchema = (): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Values of the chart gondola',
  $comment: 'Made by `npm run chart` from apps/gondola/src/chart: change it there.',
  ...strict(
    {
      ...ABOUT,
      ...PODS,
      lake: text(LAKE),
      stream: STREAM,
      registry: REGISTRY,
      tracing: TRACING,
      logLevel: oneOf('error', 'warn', 'info', 'debug'),
      ...SERVICES,
      ...AROUND,
    },
    ['environment', 'owner', 'costCenter', 'lake', 'stream'],
  ),
});
