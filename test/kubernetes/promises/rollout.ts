import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ofKind, podsOf, titleOf } from '../manifest.js';
import { configsOf } from './configs.js';
import { componentOf, faults, isService, ofContainers, ofPods, type ChartPromise } from './promise.js';

/** Services that somebody waits for an answer of. */
const DOORS = ['api', 'collector'];

const strategy = z.looseObject({
  strategy: z.looseObject({
    type: z.string().default('RollingUpdate'),
    rollingUpdate: z
      .looseObject({ maxSurge: z.unknown(), maxUnavailable: z.unknown() })
      .default({ maxSurge: '25%', maxUnavailable: '25%' }),
  }),
});
const sleeping = z.looseObject({
  preStop: z.looseObject({ sleep: z.looseObject({ seconds: z.number().min(1) }) }),
});
const told = z.looseObject({
  stream: z.looseObject({
    name: z.string(),
    consumerGroup: z.string().optional(),
    sasl: z.unknown().optional(),
  }),
});
const scaled = z.looseObject({
  triggers: z.array(
    z.looseObject({
      metadata: z.record(z.string(), z.string()),
      authenticationRef: z.looseObject({ name: z.string() }).optional(),
    }),
  ),
});
const monitor = z.looseObject({
  endpoints: z.array(
    z.looseObject({
      relabelings: z.array(z.looseObject({ targetLabel: z.string(), replacement: z.string() })).default([]),
    }),
  ),
});

/** That what runs is what was meant, is replaced when it has to be, and is asked for what it does. */
export const rolloutPromises: readonly ChartPromise[] = [
  {
    says: 'a rollout takes no partition twice, and leaves nobody without an answer',
    broken: ({ manifests }) =>
      ofKind(manifests, 'Deployment').flatMap((manifest) => {
        const { type, rollingUpdate } = strategy.parse(manifest.spec).strategy;
        const isDoor = DOORS.includes(componentOf(manifest.metadata.labels));
        return faults(titleOf(manifest), [
          type !== 'RollingUpdate' && `is replaced by ${type}`,
          isDoor && rollingUpdate.maxUnavailable !== 0 && 'may be away',
          !isDoor && rollingUpdate.maxSurge !== 0 && 'hands partitions over twice',
        ]);
      }),
  },
  {
    says: 'who is asked from outside is told to end only when nobody is sent to it any more',
    broken: ofContainers(({ lifecycle }, pods) => [
      isService(pods) &&
        DOORS.includes(componentOf(pods.labels)) &&
        !sleeping.safeParse(lifecycle).success &&
        'ends at once',
    ]),
  },
  {
    says: 'a service is replaced when its configuration changes',
    broken: ofPods((pods, { manifests }) => {
      if (!isService(pods)) return [];
      const mounted = new Set(pods.spec.volumes.flatMap(({ configMap }) => configMap?.name ?? []));
      return configsOf(manifests)
        .filter(({ configMap }) => mounted.has(configMap))
        .map(({ service, configMap }) => {
          const text = manifests.find(
            ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap,
          )?.data?.[`${service}.yaml`];
          const hash = createHash('sha256').update(String(text).trimEnd()).digest('hex');
          return (
            pods.annotations[`checksum/${service}`] !== hash && `does not notice another ${service}.yaml`
          );
        });
    }),
  },
  {
    says: 'a pod runs the service that it is called',
    broken: ofPods((pods) => [
      isService(pods) &&
        pods.spec.containers.some(({ args }) => args[0] !== componentOf(pods.labels)) &&
        'runs something else',
    ]),
  },
  {
    says: 'KEDA asks how far the service itself is behind, and may ask',
    broken: ({ manifests, environment }) =>
      ofKind(manifests, 'ScaledObject').flatMap((manifest) => {
        const service = componentOf(manifest.metadata.labels);
        const raw = configsOf(manifests).find((config) => config.service === service)?.raw;
        const { stream } = told.parse(raw);
        const group = stream.consumerGroup ?? `gondola-${service}-${environment}`;
        return scaled
          .parse(manifest.spec)
          .triggers.flatMap(({ metadata, authenticationRef: by }) =>
            faults(titleOf(manifest), [
              metadata['query'] === undefined
                ? (metadata['topic'] ?? metadata['eventHubName']) !== stream.name && 'asks for another stream'
                : !metadata['query'].includes(`environment="${environment}",pipeline="${service}"`) &&
                  'asks for all services together',
              metadata['query'] === undefined &&
                metadata['consumerGroup'] !== group &&
                `asks for the group ${metadata['consumerGroup'] ?? '?'}`,
              stream.sasl !== undefined && by === undefined && 'does not sign in',
              by !== undefined &&
                !ofKind(manifests, 'TriggerAuthentication').some(
                  ({ metadata: { name } }) => name === by.name,
                ) &&
                `there is no TriggerAuthentication ${by.name}`,
            ]),
          );
      }),
  },
  {
    says: 'a task says whose tables it takes, and none can do what is not undone',
    broken: ({ manifests, environment }) =>
      podsOf(manifests)
        .filter(({ kind }) => kind === 'CronJob')
        .flatMap(({ owner, spec }) =>
          faults(
            owner,
            [...spec.initContainers, ...spec.containers].flatMap(({ args }) => [
              args.includes('--lake') &&
                args[args.indexOf('--environment') + 1] !== environment &&
                'does not say of which environment',
              args.some((arg) => arg.startsWith('--force')) && 'forces something',
            ]),
          ),
        ),
  },
  {
    says: 'series have the job that alerts go by, and the environment',
    broken: ({ manifests, environment }) =>
      ofKind(manifests, 'ServiceMonitor').flatMap((manifest) =>
        monitor.parse(manifest.spec).endpoints.flatMap(({ relabelings }) => {
          const given = (label: string) =>
            relabelings.find(({ targetLabel }) => targetLabel === label)?.replacement;
          return faults(titleOf(manifest), [
            given('job') !== 'gondola-$1' && 'other jobs',
            given('environment') !== environment && `environment ${given('environment') ?? '(none)'}`,
          ]);
        }),
      ),
  },
];
