import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** What the checks read of a manifest. kubeconform has the whole schema; here it is enough to be typed. */

const words = z.record(z.string(), z.string()).default({});

const quantities = z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({});

const probe = z.looseObject({
  httpGet: z.looseObject({ path: z.string(), port: z.union([z.string(), z.number()]) }).optional(),
  exec: z.looseObject({ command: z.array(z.string()) }).optional(),
});

const securityContext = z
  .looseObject({
    runAsNonRoot: z.boolean().optional(),
    runAsUser: z.number().optional(),
    privileged: z.boolean().optional(),
    allowPrivilegeEscalation: z.boolean().optional(),
    readOnlyRootFilesystem: z.boolean().optional(),
    runAsGroup: z.number().optional(),
    fsGroup: z.number().optional(),
    seccompProfile: z.looseObject({ type: z.string() }).optional(),
    appArmorProfile: z.looseObject({ type: z.string() }).optional(),
    procMount: z.string().optional(),
    capabilities: z
      .looseObject({ add: z.array(z.string()).default([]), drop: z.array(z.string()).default([]) })
      .optional(),
  })
  .default({});

const source = z.looseObject({ name: z.string().optional(), key: z.string().optional() });

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  env: z
    .array(
      z.looseObject({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z
          .looseObject({ secretKeyRef: source.optional(), configMapKeyRef: source.optional() })
          .optional(),
      }),
    )
    .default([]),
  envFrom: z
    .array(z.looseObject({ secretRef: source.optional(), configMapRef: source.optional() }))
    .default([]),
  ports: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        containerPort: z.number(),
        hostPort: z.number().optional(),
      }),
    )
    .default([]),
  resources: z.looseObject({ requests: quantities, limits: quantities }).prefault({}),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
  lifecycle: z.looseObject({ preStop: z.unknown() }).optional(),
  securityContext,
  volumeMounts: z
    .array(
      z.looseObject({
        name: z.string(),
        mountPath: z.string(),
        subPath: z.string().optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .default([]),
});

const volume = z.looseObject({
  name: z.string(),
  configMap: z.looseObject({ name: z.string() }).optional(),
  secret: z.looseObject({ secretName: z.string() }).optional(),
  emptyDir: z.looseObject({ sizeLimit: z.string().optional() }).optional(),
  hostPath: z.unknown().optional(),
});

const podSpec = z.looseObject({
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  terminationGracePeriodSeconds: z.number().default(30),
  topologySpreadConstraints: z
    .array(z.looseObject({ topologyKey: z.string(), labelSelector: z.looseObject({ matchLabels: words }) }))
    .default([]),
  securityContext,
  containers: z.array(container).min(1),
  initContainers: z.array(container).default([]),
  volumes: z.array(volume).default([]),
});

const metadata = z.looseObject({
  name: z.string().default(''),
  namespace: z.string().optional(),
  labels: words,
  annotations: words,
});

const template = z.looseObject({ metadata: metadata.prefault({}), spec: podSpec });

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata,
  spec: z.unknown().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

export type Manifest = z.output<typeof manifestSchema>;
export type Container = z.output<typeof container>;

export interface Pods {
  /** Kind and name of what makes the pods, such as Deployment/gondola-ingest. */
  readonly owner: string;
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: z.output<typeof podSpec>;
}

export function parseManifests(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml, { uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const raw: unknown = document.toJS();
    return raw === null ? [] : [manifestSchema.parse(raw)];
  });
}

/** The pods that these manifests make; those of the chart's own tests are among them. */
export function podsOf(manifests: readonly Manifest[]): readonly Pods[] {
  return manifests.flatMap((manifest) => {
    const found = templateOf(manifest);
    if (found === undefined) return [];
    const { kind } = manifest;
    const { name } = manifest.metadata;
    const { labels, annotations } = found.metadata;
    return [{ owner: `${kind}/${name}`, kind, name, labels, annotations, spec: found.spec }];
  });
}

const withTemplate = z.looseObject({ template });

function templateOf({ kind, metadata: { labels, annotations, name }, spec }: Manifest) {
  if (kind === 'Pod') return template.parse({ metadata: { name, labels, annotations }, spec });
  if (kind === 'CronJob')
    return z.looseObject({ jobTemplate: z.looseObject({ spec: withTemplate }) }).parse(spec).jobTemplate.spec
      .template;
  if (['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet'].includes(kind))
    return withTemplate.parse(spec).template;
  return undefined;
}

export const ofKind = (manifests: readonly Manifest[], ...kinds: readonly string[]): readonly Manifest[] =>
  manifests.filter(({ kind }) => kinds.includes(kind));

export const titleOf = ({ kind, metadata: { name } }: Manifest): string => `${kind}/${name}`;

/** Every text in a value, with the path to it. */
export function* textsOf(value: unknown, path = ''): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) yield* textsOf(part, path ? `${path}.${key}` : key);
}
