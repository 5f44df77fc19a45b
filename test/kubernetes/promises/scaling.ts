import { z } from 'zod';
import { ofKind, podsOf, titleOf, type Manifest, type Pods } from '../manifest.js';
import { faults, isService, quantity, selects, type ChartPromise } from './promise.js';

const target = z.looseObject({ kind: z.string().default('Deployment'), name: z.string() });
const scalerSpec = z.looseObject({
  scaleTargetRef: target,
  minReplicas: z.number().optional(),
  maxReplicas: z.number().optional(),
  minReplicaCount: z.number().optional(),
  maxReplicaCount: z.number().optional(),
});
const budgetSpec = z.looseObject({
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
  minAvailable: z.union([z.number(), z.string()]).optional(),
  maxUnavailable: z.union([z.number(), z.string()]).optional(),
});
const serviceSpec = z.looseObject({
  selector: z.record(z.string(), z.string()).default({}),
  ports: z.array(
    z.looseObject({ name: z.string().optional(), targetPort: z.union([z.string(), z.number()]).optional() }),
  ),
});
const monitorSpec = z.looseObject({
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
  endpoints: z.array(z.looseObject({ port: z.string().optional(), path: z.string().optional() })),
});

interface Scaler {
  readonly title: string;
  readonly target: string;
  readonly min: number;
  readonly max: number;
}

/** What decides how many instances there are. */
const scalersOf = (manifests: readonly Manifest[]): readonly Scaler[] =>
  ofKind(manifests, 'HorizontalPodAutoscaler', 'ScaledObject').map((manifest) => {
    const spec = scalerSpec.parse(manifest.spec);
    return {
      title: titleOf(manifest),
      target: `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      min: spec.minReplicas ?? spec.minReplicaCount ?? 0,
      max: spec.maxReplicas ?? spec.maxReplicaCount ?? Number.POSITIVE_INFINITY,
    };
  });

const replicasOf = ({ spec }: Manifest): number | undefined =>
  z.looseObject({ replicas: z.number().optional() }).parse(spec).replicas;

export const scalingPromises: readonly ChartPromise[] = [
  {
    says: 'one thing decides how many instances there are: a number, an HPA or KEDA',
    broken: ({ manifests }) =>
      ofKind(manifests, 'Deployment', 'StatefulSet').flatMap((manifest) => {
        const own = scalersOf(manifests).filter((scaler) => scaler.target === titleOf(manifest));
        const deciding = own.length + (replicasOf(manifest) === undefined ? 0 : 1);
        return faults(titleOf(manifest), [deciding !== 1 && `${deciding} decide`]);
      }),
  },
  {
    says: 'a scaler has something to scale, between one instance and more',
    broken: ({ manifests }) => {
      const there = new Set(ofKind(manifests, 'Deployment', 'StatefulSet').map(titleOf));
      return scalersOf(manifests).flatMap(({ title, target: name, min, max }) =>
        faults(title, [
          !there.has(name) && `there is no ${name}`,
          (min < 1 || max < min) && `from ${min} to ${max}`,
        ]),
      );
    },
  },
  {
    says: 'a disruption budget is for one service, and lets a node be emptied',
    broken: ({ manifests }) => {
      const services = podsOf(manifests).filter(isService);
      return ofKind(manifests, 'PodDisruptionBudget').flatMap((manifest) => {
        const spec = budgetSpec.parse(manifest.spec);
        const matched = services.filter(({ labels }) => selects(spec.selector.matchLabels, labels));
        const instances = matched.map(({ owner }) => instancesMin(manifests, owner));
        const keeps = Number(spec.minAvailable ?? 0);
        return faults(titleOf(manifest), [
          matched.length !== 1 && `matches ${matched.length} services`,
          (spec.maxUnavailable === 0 || instances.some((count) => keeps >= count)) && 'lets no pod go',
        ]);
      });
    },
  },
  {
    says: 'services and monitors lead to pods, by ports that these have',
    broken: ({ manifests }) => [
      ...ofKind(manifests, 'Service').flatMap((manifest) => {
        const { selector, ports } = serviceSpec.parse(manifest.spec);
        const pods = podsOf(manifests).filter((each) => isService(each) && selects(selector, each.labels));
        const names = pods.flatMap(({ spec }) => spec.containers.flatMap((container) => container.ports));
        return faults(titleOf(manifest), [
          (Object.keys(selector).length === 0 || pods.length === 0) && 'no pod has its labels',
          ...ports.map(
            ({ targetPort }) =>
              !names.some(({ name, containerPort }) => targetPort === name || targetPort === containerPort) &&
              `no pod has port ${targetPort ?? '?'}`,
          ),
        ]);
      }),
      ...ofKind(manifests, 'ServiceMonitor').flatMap((manifest) => {
        const { selector, endpoints } = monitorSpec.parse(manifest.spec);
        const services = ofKind(manifests, 'Service').filter(({ metadata }) =>
          selects(selector.matchLabels, metadata.labels),
        );
        const names = services.flatMap(({ spec }) => serviceSpec.parse(spec).ports.map(({ name }) => name));
        return faults(titleOf(manifest), [
          services.length === 0 && 'no Service has its labels',
          ...endpoints.map((each) => !names.includes(each.port) && `no Service has port ${each.port ?? '?'}`),
        ]);
      }),
    ],
  },
  {
    says: 'the quota of the namespace holds all that the release may ask for at a time',
    broken: ({ manifests }) =>
      ofKind(manifests, 'ResourceQuota').flatMap((manifest) => {
        const { hard } = quotaSpec.parse(manifest.spec);
        const asked = podsOf(manifests).map((pods) => ({
          pods,
          instances: instancesMax(manifests, pods.owner),
        }));
        const sum = (resource: string) =>
          asked.reduce((total, { pods, instances }) => total + instances * requested(pods, resource), 0);
        const count = asked.reduce((total, { instances }) => total + instances, 0);
        return faults(titleOf(manifest), [
          ...['cpu', 'memory'].map((resource) => {
            const holds = quantity(hard[`requests.${resource}`]);
            return (
              holds !== undefined && holds < sum(resource) && `${resource}: ${holds} for ${sum(resource)}`
            );
          }),
          Number(hard['pods'] ?? Infinity) < count && `pods: ${hard['pods'] ?? ''} for ${count}`,
        ]);
      }),
  },
];

const quotaSpec = z.looseObject({
  hard: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)),
});

/** What one pod asks for: its containers together. */
const requested = ({ spec }: Pods, resource: string): number =>
  spec.containers.reduce((total, { resources }) => total + (quantity(resources.requests[resource]) ?? 0), 0);

/** How many instances of a service there are at most, or pods of a task. */
function instancesMax(manifests: readonly Manifest[], owner: string): number {
  const scaler = scalersOf(manifests).find(({ target: name }) => name === owner);
  const manifest = manifests.find((each) => titleOf(each) === owner);
  return scaler?.max ?? (manifest && replicasOf(manifest)) ?? 1;
}

/** How many instances of a service there are at least. */
export function instancesMin(manifests: readonly Manifest[], owner: string): number {
  const scaler = scalersOf(manifests).find(({ target: name }) => name === owner);
  if (scaler !== undefined) return scaler.min;
  const manifest = manifests.find((each) => titleOf(each) === owner);
  return (manifest && replicasOf(manifest)) ?? 1;
}
