import { environmentsIn } from '@gondola/config';
import { z } from 'zod';
import { ENVIRONMENTS, namespaceOf } from '../chart.js';
import { ofKind, podsOf, textsOf, titleOf, type Manifest } from '../manifest.js';
import { configsOf } from './configs.js';
import { faults, type ChartPromise } from './promise.js';

const LABELS = [
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/part-of',
  'app.kubernetes.io/managed-by',
  'gondola.io/environment',
  'gondola.io/owner',
  'gondola.io/cost-center',
];

/** Fields of a configuration that name something outside which only one environment may use. */
const OWN_FIELDS =
  /^lake$|^(stream|validated|verdicts\.stream)\.(name|signals|consumerGroup|consumerName|namespace|checkpointStore\.container)$/;
/** The same in what KEDA is told. */
const OWN_TRIGGER_FIELDS = /^(topic|consumerGroup|eventHubName|eventHubNamespace|blobContainer|streamName)$/;
const OWN_ANNOTATIONS = ['eks.amazonaws.com/role-arn'];

const carries = (text: string, environment: string): boolean =>
  environmentsIn(text, [environment]).length > 0;

export const namePromises: readonly ChartPromise[] = [
  {
    says: 'everything has the labels that tell whose it is, and pods have them too',
    broken: ({ manifests, environment }) =>
      [
        ...manifests.map((manifest) => ({ title: titleOf(manifest), labels: manifest.metadata.labels })),
        ...podsOf(manifests).map(({ owner, labels }) => ({ title: `pods of ${owner}`, labels })),
      ].flatMap(({ title, labels }) =>
        faults(title, [
          ...LABELS.map((label) => !labels[label] && `no label ${label}`),
          labels['gondola.io/environment'] !== environment &&
            `is of ${labels['gondola.io/environment'] ?? 'no environment'}`,
        ]),
      ),
  },
  {
    says: 'everything is in the namespace of its environment, which takes no pod that is not restricted',
    broken: ({ manifests, environment }) =>
      manifests.flatMap((manifest) => {
        const { name, namespace, labels } = manifest.metadata;
        if (manifest.kind !== 'Namespace')
          return faults(titleOf(manifest), [
            namespace !== undefined && namespace !== namespaceOf(environment) && `is in ${namespace}`,
          ]);
        return faults(titleOf(manifest), [
          name !== namespaceOf(environment) && `is not ${namespaceOf(environment)}`,
          labels['pod-security.kubernetes.io/enforce'] !== 'restricted' && 'does not enforce restricted',
        ]);
      }),
  },
  {
    says: 'nothing names another environment',
    broken: ({ manifests, environment }) => {
      const others = ENVIRONMENTS.filter((each) => each !== environment);
      return manifests.filter(isOfOneEnvironment).flatMap((manifest) =>
        faults(
          titleOf(manifest),
          [...textsOf(manifest)].flatMap(([path, text]) =>
            others.map((other) => carries(text, other) && `${path} names ${other}: ${shown(text, other)}`),
          ),
        ),
      );
    },
  },
  {
    says: 'what it uses outside of the cluster carries its environment: streams, lake, groups, roles, secrets',
    broken: ({ manifests, environment }) =>
      namesOutside(manifests)
        .filter(({ name }) => !carries(name, environment))
        .map(({ where, name }) => `${where}: ${name} does not carry ${environment}`),
  },
];

/** Dashboards are of all environments: which one is chosen on the board. */
const isOfOneEnvironment = ({ kind, data }: Manifest): boolean =>
  !(kind === 'ConfigMap' && Object.keys(data ?? {}).some((file) => file.endsWith('.json')));

const shown = (text: string, word: string): string =>
  text
    .split('\n')
    .find((line) => carries(line, word))
    ?.trim()
    .slice(0, 120) ?? '';

interface OutsideName {
  readonly where: string;
  readonly name: string;
}

function namesOutside(manifests: readonly Manifest[]): readonly OutsideName[] {
  return [
    ...configsOf(manifests).flatMap(({ title, raw }) =>
      [...textsOf(raw)]
        .filter(([path]) => OWN_FIELDS.test(path))
        .map(([path, name]) => ({ where: `${title}, ${path}`, name })),
    ),
    ...ofKind(manifests, 'ScaledObject').flatMap((manifest) => {
      const { triggers } = z
        .looseObject({ triggers: z.array(z.looseObject({ metadata: z.unknown() })) })
        .parse(manifest.spec);
      return triggers.flatMap(({ metadata }) =>
        [...textsOf(metadata)]
          .filter(([path]) => OWN_TRIGGER_FIELDS.test(path))
          .map(([path, name]) => ({ where: `${titleOf(manifest)}, ${path}`, name })),
      );
    }),
    ...ofKind(manifests, 'ServiceAccount').flatMap((manifest) =>
      OWN_ANNOTATIONS.flatMap((key) => {
        const name = manifest.metadata.annotations[key];
        return name === undefined ? [] : [{ where: titleOf(manifest), name }];
      }),
    ),
    ...ofKind(manifests, 'ExternalSecret').flatMap((manifest) =>
      [...textsOf(manifest.spec)]
        .filter(([path]) => /remoteRef\.key$|extract\.key$|^secretStoreRef\.name$/.test(path))
        .map(([path, name]) => ({ where: `${titleOf(manifest)}, ${path}`, name })),
    ),
    ...podsOf(manifests).flatMap(({ owner, spec }) => [
      ...spec.volumes.flatMap(({ secret }) =>
        secret === undefined ? [] : [{ where: `${owner}, a Secret`, name: secret.secretName }],
      ),
      ...spec.containers.flatMap(({ env }) =>
        env.flatMap(({ valueFrom }) =>
          valueFrom?.secretKeyRef?.name === undefined
            ? []
            : [{ where: `${owner}, a Secret`, name: valueFrom.secretKeyRef.name }],
        ),
      ),
      ...spec.containers.flatMap(({ args }) =>
        args.flatMap((arg, at) =>
          args[at - 1] === '--lake' ? [{ where: `${owner}, --lake`, name: arg }] : [],
        ),
      ),
    ]),
  ];
}
