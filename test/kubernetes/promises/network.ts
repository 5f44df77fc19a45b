import { z } from 'zod';
import { ofKind, podsOf, titleOf, type Manifest } from '../manifest.js';
import { configsOf, readersOf } from './configs.js';
import { faults, isHelmTest, isService, selects, type ChartPromise } from './promise.js';

const peer = z.looseObject({
  ipBlock: z.looseObject({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
  namespaceSelector: z.unknown().optional(),
  podSelector: z.unknown().optional(),
});
const port = z.looseObject({ port: z.union([z.string(), z.number()]).optional() });
const rule = z.looseObject({
  to: z.array(peer).default([]),
  from: z.array(peer).default([]),
  ports: z.array(port).default([]),
});
const policySpec = z.looseObject({
  podSelector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
  policyTypes: z.array(z.string()).default([]),
  ingress: z.array(rule).default([]),
  egress: z.array(rule).default([]),
});
type Rule = z.output<typeof rule>;

const policiesOf = (manifests: readonly Manifest[]) =>
  ofKind(manifests, 'NetworkPolicy').map((manifest) => ({
    title: titleOf(manifest),
    spec: policySpec.parse(manifest.spec),
  }));

/** Where a node keeps the credentials of its own cloud account. */
const METADATA_SERVICE = '169.254.169.254';
const isWorld = (cidr: string): boolean => cidr.endsWith('/0');

export const networkPromises: readonly ChartPromise[] = [
  {
    says: 'without a rule nothing reaches a pod and a pod reaches nothing',
    broken: ({ manifests }) => {
      const policies = policiesOf(manifests);
      return podsOf(manifests).flatMap(({ owner, labels }) => {
        const own = policies.filter(({ spec }) => selects(spec.podSelector.matchLabels, labels));
        return faults(
          owner,
          ['Ingress', 'Egress'].map(
            (type) =>
              !own.some(({ spec }) => spec.policyTypes.includes(type)) &&
              `no policy denies ${type.toLowerCase()}`,
          ),
        );
      });
    },
  },
  {
    says: 'a rule is for pods that there are',
    broken: ({ manifests }) => {
      const pods = podsOf(manifests);
      return policiesOf(manifests)
        .filter(({ spec }) => !pods.some(({ labels }) => selects(spec.podSelector.matchLabels, labels)))
        .map(({ title }) => `${title}: no pod has its labels`);
    },
  },
  {
    says: 'no rule opens everything: the world is named with ports, and never holds the metadata service of the node',
    broken: ({ manifests }) =>
      policiesOf(manifests).flatMap(({ title, spec }) => [
        ...spec.egress.flatMap((each) => faults(title, openings(each, each.to, 'to'))),
        ...spec.ingress.flatMap((each) => faults(title, openings(each, each.from, 'from'))),
      ]),
  },
  {
    says: 'every pod finds addresses by name',
    broken: ({ manifests }) => {
      const policies = policiesOf(manifests);
      return podsOf(manifests)
        .filter((pods) => !isHelmTest(pods))
        .filter(
          ({ labels }) =>
            !policies.some(
              ({ spec }) =>
                selects(spec.podSelector.matchLabels, labels) &&
                spec.egress.some(({ ports }) => ports.some((each) => each.port === 53)),
            ),
        )
        .map(({ owner }) => `${owner}: may not ask DNS`);
    },
  },
  {
    says: 'every pod reaches what it is told to connect to, by a rule with that port',
    broken: ({ manifests }) => {
      const policies = policiesOf(manifests);
      return configsOf(manifests).flatMap((config) =>
        readersOf(manifests, config).flatMap((pods) => {
          const { owner, labels } = pods;
          const open = new Set(
            policies
              .filter(({ spec }) => selects(spec.podSelector.matchLabels, labels))
              .flatMap(({ spec }) =>
                spec.egress.flatMap(({ ports }) => ports.map((each) => Number(each.port))),
              ),
          );
          return faults(
            owner,
            portsOf(config.raw, isService(pods)).map(
              (needed) => !open.has(needed) && `may not reach port ${needed}`,
            ),
          );
        }),
      );
    },
  },
];

const told = z.looseObject({
  lake: z.string().optional(),
  stream: z
    .looseObject({ broker: z.string().optional(), bootstrap: z.array(z.string()).default([]) })
    .optional(),
  tracing: z.looseObject({ endpoint: z.string() }).optional(),
});

const HTTPS = 443;
const AMQPS = 5671;

/** Ports of what a service connects to: its lake, its broker, the receiver of its traces. */
function portsOf(raw: unknown, reads: boolean): readonly number[] {
  const { lake = '', ...rest } = told.parse(raw);
  // Tasks read the lake alone.
  const { stream, tracing } = reads ? rest : {};
  const ofBroker: Readonly<Record<string, number>> = { kinesis: HTTPS, 'event-hubs': AMQPS };
  return [
    ...(/^(s3|az):/.test(lake) ? [HTTPS] : []),
    ...(stream?.bootstrap ?? []).map((address) => Number(address.split(':').at(-1))),
    ...[ofBroker[stream?.broker ?? '']].filter((port) => port !== undefined),
    ...(tracing === undefined ? [] : [Number(new URL(tracing.endpoint).port || HTTPS)]),
  ];
}

function openings({ ports }: Rule, peers: Rule['to'], word: 'to' | 'from'): readonly (string | false)[] {
  const namesPorts = ports.length > 0 && ports.every((each) => each.port !== undefined);
  return [
    peers.length === 0 && `a rule that names nobody in ${word}`,
    ...peers.flatMap(({ ipBlock, namespaceSelector, podSelector }) => [
      ipBlock === undefined &&
        namespaceSelector === undefined &&
        podSelector === undefined &&
        'an empty peer',
      isEmpty(namespaceSelector) && isEmpty(podSelector ?? {}) && 'every pod of the cluster',
      ipBlock !== undefined && isWorld(ipBlock.cidr) && !namesPorts && `${ipBlock.cidr} without ports`,
      ipBlock !== undefined &&
        ipBlock.cidr === '0.0.0.0/0' &&
        !ipBlock.except.some((cidr) => covers(cidr, METADATA_SERVICE)) &&
        `${ipBlock.cidr} with ${METADATA_SERVICE}`,
    ]),
  ];
}

const isEmpty = (selector: unknown): boolean =>
  typeof selector === 'object' && selector !== null && Object.keys(selector).length === 0;

/** Whether the range of IPv4 holds the address. */
function covers(cidr: string, address: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
}

const numberOf = (address: string): number =>
  address.split('.').reduce((total, part) => total * 256 + Number(part), 0);
