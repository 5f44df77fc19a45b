import { ofKind, podsOf, titleOf, type Container, type Pods } from '../manifest.js';
import { isHelmTest, isService, ofContainers, ofPods, quantity, type ChartPromise } from './promise.js';

/** The user of the image: any other cannot read its program, and root must not run. */
const USER = 65532;
/** Names of annotations by which a cloud gives an account an identity. */
const IDENTITY = ['eks.amazonaws.com/role-arn', 'azure.workload.identity/client-id'];

export const podPromises: readonly ChartPromise[] = [
  {
    says: 'nothing runs as root or can become it, and Pod Security restricted takes every pod',
    broken: ofContainers(({ securityContext: own }, { spec }) => {
      const pod = spec.securityContext;
      return [
        !(own.runAsNonRoot ?? pod.runAsNonRoot) && 'runAsNonRoot is not set',
        (own.runAsUser ?? pod.runAsUser) !== USER && `runs as another user than ${USER}`,
        own.privileged === true && 'is privileged',
        own.allowPrivilegeEscalation !== false && 'may gain privileges',
        !own.capabilities?.drop.includes('ALL') && 'keeps capabilities',
        own.capabilities?.add.length && `adds ${own.capabilities.add.join()}`,
        (own.seccompProfile ?? pod.seccompProfile)?.type !== 'RuntimeDefault' && 'has no seccomp profile',
        (own.appArmorProfile ?? pod.appArmorProfile)?.type === 'Unconfined' && 'has no AppArmor profile',
        (own.procMount ?? 'Default') !== 'Default' && 'sees all of /proc',
      ].map((fault) => fault || undefined);
    }),
  },
  {
    says: 'no pod sees its node',
    broken: ofPods(({ spec }) => [
      spec.hostNetwork && 'is in the network of the node',
      (spec.hostPID || spec.hostIPC) && 'sees the processes of the node',
      spec.volumes.some((volume) => volume.hostPath !== undefined) && 'mounts a folder of the node',
      spec.containers.some(({ ports }) => ports.some(({ hostPort }) => hostPort !== undefined)) &&
        'has a port of the node',
    ]),
  },
  {
    says: 'the root file system is read only, and what may be written is bounded',
    broken: ofContainers((container, { spec }) => [
      container.securityContext.readOnlyRootFilesystem !== true && 'may write to its root',
      !container.volumeMounts.some(({ mountPath }) => mountPath === '/tmp') && 'has no /tmp',
      ...spec.volumes.map(
        ({ name, emptyDir }) => emptyDir && emptyDir.sizeLimit === undefined && `${name} has no sizeLimit`,
      ),
      ...container.volumeMounts.map(
        ({ name, readOnly }) =>
          spec.volumes.some((volume) => volume.name === name && !volume.emptyDir) &&
          readOnly !== true &&
          `${name} is not mounted read-only`,
      ),
    ]),
  },
  {
    says: 'a pod has a token of the Kubernetes API only where its account has an identity',
    broken: ofPods(({ spec }, { manifests }) => {
      const account = ofKind(manifests, 'ServiceAccount').find(
        ({ metadata }) => metadata.name === spec.serviceAccountName,
      );
      const hasIdentity = IDENTITY.some((name) => account?.metadata.annotations[name] !== undefined);
      return [
        spec.automountServiceAccountToken !== false && !hasIdentity && 'has a token',
        account === undefined && `its account ${spec.serviceAccountName ?? 'default'} is not of this release`,
      ];
    }),
  },
  {
    says: 'what a container needs is asked for, and memory is bounded',
    broken: ofContainers(({ resources: { requests, limits } }) => {
      const memory = quantity(requests['memory']);
      const memoryMax = quantity(limits['memory']);
      return [
        quantity(requests['cpu']) === undefined && 'asks for no cpu',
        memory === undefined && 'asks for no memory',
        memoryMax === undefined && 'has no limit of memory',
        memory !== undefined &&
          memoryMax !== undefined &&
          memory > memoryMax &&
          'asks for more than its limit',
      ];
    }),
  },
  {
    says: 'images are of a version, never latest',
    broken: ofContainers(({ image }) => {
      const [, tag, digest] = /^[^@]*?(?::([^:/@]+))?(@sha256:[0-9a-f]{64})?$/.exec(image) ?? [];
      return [!digest && (tag === undefined || tag === 'latest') && `its image is ${image}`];
    }),
  },
  {
    says: 'every service is probed where it answers, on a port that it has',
    broken: ofPods((pods) => {
      if (!isService(pods)) return [];
      return pods.spec.containers.flatMap((container) => [
        probeFault(container, 'livenessProbe', '/health/live'),
        probeFault(container, 'readinessProbe', '/health/ready'),
        container.startupProbe !== undefined && probeFault(container, 'startupProbe', undefined),
      ]);
    }),
  },
  {
    says: 'instances of a service are spread over nodes and zones',
    broken: ofPods((pods) => {
      if (!isService(pods)) return [];
      const spread = pods.spec.topologySpreadConstraints;
      return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((key) => {
        const found = spread.find(({ topologyKey }) => topologyKey === key);
        if (found === undefined) return `is not spread by ${key}`;
        const wanted = Object.entries(found.labelSelector.matchLabels);
        return (
          (wanted.length === 0 || wanted.some(([name, value]) => pods.labels[name] !== value)) &&
          `is spread by ${key} among other pods`
        );
      });
    }),
  },
  {
    says: 'a task never runs twice at a time, and ends',
    broken: ({ manifests }) =>
      ofKind(manifests, 'CronJob').flatMap((manifest) => {
        const spec = manifest.spec as {
          concurrencyPolicy?: string;
          jobTemplate: { spec: { activeDeadlineSeconds?: number; backoffLimit?: number } };
        };
        return [
          spec.concurrencyPolicy !== 'Forbid' && `${titleOf(manifest)}: may run twice at a time`,
          !spec.jobTemplate.spec.activeDeadlineSeconds && `${titleOf(manifest)}: may run for ever`,
          spec.jobTemplate.spec.backoffLimit === undefined &&
            `${titleOf(manifest)}: is tried again six times`,
        ].filter((fault) => fault !== false);
      }),
  },
  {
    says: 'everything that is mounted or read from the release is in it',
    broken: ({ manifests }) => {
      const there = new Set(ofKind(manifests, 'ConfigMap').map(({ metadata }) => metadata.name));
      return podsOf(manifests).flatMap((pods) =>
        configMapsOf(pods)
          .filter((name) => !there.has(name))
          .map((name) => `${pods.owner}: no ConfigMap ${name}`),
      );
    },
  },
  {
    says: 'only tests of the chart run outside of Deployments and CronJobs',
    broken: ofPods((pods) => [
      !isService(pods) && pods.kind !== 'CronJob' && !isHelmTest(pods) && 'is neither service nor task',
    ]),
  },
];

function probeFault(
  container: Container,
  probe: 'livenessProbe' | 'readinessProbe' | 'startupProbe',
  path: string | undefined,
): string | false {
  const get = container[probe]?.httpGet;
  if (get === undefined) return `${container.name} has no ${probe}`;
  if (path !== undefined && get.path !== path) return `${container.name} is asked ${get.path}, not ${path}`;
  const isThere = container.ports.some(
    ({ name, containerPort }) => get.port === name || get.port === containerPort,
  );
  return !isThere && `${probe} of ${container.name} asks port ${get.port}, which it does not have`;
}

const configMapsOf = ({ spec }: Pods): readonly string[] => [
  ...spec.volumes.flatMap(({ configMap }) => configMap?.name ?? []),
  ...[...spec.initContainers, ...spec.containers].flatMap(({ env, envFrom }) => [
    ...env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? []),
    ...envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
  ]),
];
