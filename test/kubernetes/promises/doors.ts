import { z } from 'zod';
import { ofKind, podsOf, titleOf, type Manifest } from '../manifest.js';
import { componentOf, faults, ofPods, type ChartPromise } from './promise.js';

/** Names of annotations by which a cloud gives an account an identity. */
const IDENTITY = ['eks.amazonaws.com/role-arn', 'azure.workload.identity/client-id'];
/** Of the cluster alone, whoever asks. */
const INNER = /^\/(metrics|health|log-level)?(\/|$)/;

const path = z.looseObject({ path: z.string(), pathType: z.string() });
const ingressSpec = z.looseObject({
  tls: z.array(z.looseObject({ hosts: z.array(z.string()), secretName: z.string() })).default([]),
  rules: z.array(z.looseObject({ host: z.string(), http: z.looseObject({ paths: z.array(path) }) })),
});
const match = z.looseObject({ path: z.looseObject({ type: z.string(), value: z.string() }) });
const routeSpec = z.looseObject({ rules: z.array(z.looseObject({ matches: z.array(match) })) });
const secretVolume = z.looseObject({
  secretName: z.string(),
  defaultMode: z.number().default(0o644),
  items: z.array(z.looseObject({ key: z.string() })).default([]),
});
const externalSpec = z.looseObject({
  target: z.looseObject({ name: z.string() }),
  data: z.array(z.looseObject({ secretKey: z.string() })),
});

const accountsOf = (manifests: readonly Manifest[]) => ofKind(manifests, 'ServiceAccount');
const identityOf = ({ metadata }: Manifest): string | undefined =>
  IDENTITY.flatMap((name) => metadata.annotations[name] ?? [])[0];

/** `/` by itself is the page that leads to the board. */
const isInner = (kind: string, text: string): boolean =>
  INNER.test(text) && !(kind === 'Exact' && text === '/');

/** Who may be reached, who may be somebody, and who may read a secret. */
export const doorPromises: readonly ChartPromise[] = [
  {
    says: 'a pod is who its service is: no account and no identity is of two',
    broken: (rendered) => [
      ...ofPods(({ spec, labels }, { manifests }) => {
        const account = accountsOf(manifests).find(
          ({ metadata }) => metadata.name === spec.serviceAccountName,
        );
        return [
          account !== undefined &&
            componentOf(account.metadata.labels) !== componentOf(labels) &&
            `runs as ${account.metadata.name}`,
        ];
      })(rendered),
      ...accountsOf(rendered.manifests).flatMap((account, at, all) => {
        const identity = identityOf(account);
        const first = all.findIndex((other) => identityOf(other) === identity);
        return faults(titleOf(account), [identity !== undefined && first !== at && `is ${identity} too`]);
      }),
    ],
  },
  {
    says: 'what is open to the outside has TLS, and never shows what is for the cluster',
    broken: ({ manifests }) => [
      ...ofKind(manifests, 'Ingress').flatMap((manifest) => {
        const { tls, rules } = ingressSpec.parse(manifest.spec);
        const safe = tls.flatMap(({ hosts }) => hosts);
        return faults(
          titleOf(manifest),
          rules.flatMap(({ host, http: { paths } }) => [
            !safe.includes(host) && `${host} has no TLS`,
            ...paths.map((each) => isInner(each.pathType, each.path) && `shows ${each.path}`),
          ]),
        );
      }),
      ...ofKind(manifests, 'HTTPRoute').flatMap((manifest) =>
        faults(
          titleOf(manifest),
          routeSpec
            .parse(manifest.spec)
            .rules.flatMap(({ matches }) =>
              matches.map(({ path: { type, value } }) => isInner(type, value) && `shows ${value}`),
            ),
        ),
      ),
      ...ofKind(manifests, 'Service').flatMap((manifest) => {
        const { type } = z.looseObject({ type: z.string().default('ClusterIP') }).parse(manifest.spec);
        return faults(titleOf(manifest), [type !== 'ClusterIP' && `is a ${type}`]);
      }),
    ],
  },
  {
    says: 'a secret can be read by its service, and by nobody else in the pod',
    broken: ofPods(({ spec }) =>
      spec.volumes.flatMap(({ name, secret }) => {
        if (secret === undefined) return [];
        const { defaultMode } = secretVolume.parse(secret);
        const { fsGroup, runAsGroup } = spec.securityContext;
        return [
          // Files of a Secret are root's: a service reads them as one of the group.
          ((defaultMode & 0o040) === 0 || fsGroup === undefined || fsGroup !== runAsGroup) &&
            `cannot read ${name}`,
          (defaultMode & 0o027) !== 0 && `${name} may be read or written by others`,
        ];
      }),
    ),
  },
  {
    says: 'a Secret from outside has every file that a pod mounts of it',
    broken: ({ manifests }) =>
      ofKind(manifests, 'ExternalSecret').flatMap((manifest) => {
        const { target, data } = externalSpec.parse(manifest.spec);
        const keys = new Set(data.map(({ secretKey }) => secretKey));
        const wanted = podsOf(manifests).flatMap(({ spec }) =>
          spec.volumes.flatMap(({ secret }) =>
            secret?.secretName === target.name ? secretVolume.parse(secret).items : [],
          ),
        );
        return faults(
          titleOf(manifest),
          wanted.map(({ key }) => !keys.has(key) && `lacks ${key}`),
        );
      }),
  },
];
