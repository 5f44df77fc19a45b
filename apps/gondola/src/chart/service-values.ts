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
import { SERVICE_CONFIGS } from './service-config.js';

/** Letters that Kubernetes takes for the value of a label. */
export const LABEL = '^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$';
export const OBJECT_NAME = '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$';
const MEMORY = text('^[1-9][0-9]*(Mi|Gi)$');
const CPU: JsonSchema = {
  anyOf: [text('^[1-9][0-9]*m$'), { type: 'number', exclusiveMinimum: 0, maximum: 256 }],
};

/** Plain variables. What sounds like a secret belongs to `secrets`: these are readable to whoever may see a pod. */
export const PLAIN_ENV: JsonSchema = {
  type: 'object',
  propertyNames: {
    pattern: '^[A-Z][A-Z0-9_]*$',
    not: { pattern: 'SECRET|PASSWORD|TOKEN|CONNECTION|ACCESS_KEY|ACCOUNT_KEY|HEADERS' },
  },
  additionalProperties: orNull(plain),
};

const IDENTITY: JsonSchema = strict({
  roleArn: orNull(orEmpty('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$')),
  clientId: orNull(orEmpty('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')),
});

const RESOURCES: JsonSchema = strict(
  {
    requests: strict({ cpu: CPU, memory: MEMORY }, ['cpu', 'memory']),
    limits: strict({ cpu: CPU, memory: MEMORY }, ['memory']),
  },
  ['requests', 'limits'],
);

const SCALING: Properties = {
  minReplicas: whole(1, 1_000),
  maxReplicas: whole(1, 1_000),
  cpuPercent: whole(10, 95),
};
const LAG: Properties = { lagRecords: whole(1, 2 ** 40), lagSeconds: whole(1, 86_400) };

const SERVICE: Properties = {
  enabled: flag,
  replicas: whole(1, 1_000),
  resources: RESOURCES,
  tmpSize: MEMORY,
  drainMs: whole(1_000, 600_000),
  preStopSeconds: whole(0, 300),
  terminationGracePeriodSeconds: whole(1, 3_600),
  identity: IDENTITY,
  env: PLAIN_ENV,
};

const HOST = '^([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z]{2,}$';
const EXPOSE: JsonSchema = {
  ...strict({
    by: oneOf('none', 'ingress', 'httproute'),
    host: orEmpty(HOST),
    className: orEmpty(OBJECT_NAME),
    tlsSecretName: orEmpty(OBJECT_NAME),
    annotations: mapOf(plain),
    gateway: strict({ name: orEmpty(OBJECT_NAME), namespace: orEmpty(OBJECT_NAME) }),
  }),
  allOf: [
    whenBy('ingress', { host: text(HOST), tlsSecretName: text(OBJECT_NAME) }),
    whenBy('httproute', { host: text(HOST), gateway: { properties: { name: text(OBJECT_NAME) } } }),
  ],
};

/** Without TLS nothing is exposed. */
function whenBy(by: string, properties: Properties): JsonSchema {
  return { if: { properties: { by: { const: by } } }, then: { properties } };
}

const pipeline = (config: JsonSchema): JsonSchema =>
  strict({
    ...SERVICE,
    autoscaling: strict({ mode: oneOf('none', 'hpa', 'keda'), ...SCALING, ...LAG }),
    partitions: whole(1, 10_000),
    config,
  });

const door = (config: JsonSchema, own: Properties = {}): JsonSchema =>
  strict({
    ...SERVICE,
    autoscaling: strict({ mode: oneOf('none', 'hpa'), ...SCALING }),
    expose: EXPOSE,
    config,
    ...own,
  });

const CRON = text('^([0-9*/,-]+ +){4}[0-9*/,-]+$');
const LAYER = '^(bronze|silver|quarantine|signals|incidents|quality)(/[a-z0-9.-]+)?$';

const task = (own: Properties): JsonSchema =>
  strict({
    enabled: flag,
    schedule: CRON,
    deadlineSeconds: whole(60, 172_800),
    resources: RESOURCES,
    tmpSize: MEMORY,
    ...own,
  });

const UPKEEP: JsonSchema = strict({
  identity: IDENTITY,
  env: PLAIN_ENV,
  tasks: strict({
    compact: task({ targetMib: whole(8, 4_096) }),
    // Shorter would take from readers what they are reading.
    vacuum: task({ retentionHours: whole(168, 87_600) }),
    expire: task({ days: mapOf(orNull(whole(1, 36_500)), LAYER) }),
    reconcile: task({ quick: flag }),
    train: task({
      labels: text('^(counts|snapshots|verdicts)(,(counts|snapshots|verdicts))*$'),
      timeZone: text('^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$'),
      filterOnly: flag,
    }),
    silences: task({ config: SERVICE_CONFIGS.silences }),
  }),
});

export const SERVICES: Properties = {
  ingest: pipeline(SERVICE_CONFIGS.ingest),
  detect: pipeline(SERVICE_CONFIGS.detect),
  api: door(SERVICE_CONFIGS.api, { takesVerdicts: flag, replaysQuarantine: flag }),
  collector: door(SERVICE_CONFIGS.collector),
  upkeep: UPKEEP,
};

const RUNS = ['ingest', 'detect', 'api', 'collector'];
const TASKS = ['compact', 'vacuum', 'expire', 'reconcile', 'train', 'silences'];
const KEY_OF_SECRET = text('^[A-Za-z0-9._-]{1,253}$');

/** Names of secrets are folders in pods; each task of upkeep has its own, so that none gets another's. */
export const SECRETS: JsonSchema = mapOf(
  {
    ...strict(
      {
        secretName: text(OBJECT_NAME),
        services: listOf(oneOf(...RUNS, ...TASKS), 1),
        files: listOf(KEY_OF_SECRET),
        env: mapOf(KEY_OF_SECRET, '^[A-Z][A-Z0-9_]*$'),
        external: orNull(strict({ key: { type: 'string', minLength: 1 } }, ['key'])),
      },
      ['secretName', 'services'],
    ),
    anyOf: [{ required: ['files'] }, { required: ['env'] }],
  },
  '^[a-z][a-z0-9-]{0,30}$',
);

const CIDR = text('^([0-9]{1,3}([.][0-9]{1,3}){3}/[0-9]{1,2}|[0-9a-f:]+/[0-9]{1,3})$');

/** Each says ports: an address alone would open all of them. */
export const DESTINATION: JsonSchema = {
  ...strict(
    {
      services: listOf(oneOf(...RUNS, 'upkeep'), 1),
      cidrs: listOf(CIDR, 1),
      except: listOf(CIDR),
      namespace: text(OBJECT_NAME),
      podLabels: mapOf(text(LABEL)),
      ports: listOf(whole(1, 65_535), 1),
    },
    ['services', 'ports'],
  ),
  anyOf: [{ required: ['cidrs'] }, { required: ['namespace'] }],
};
