import { apiConfigSchema } from '@gondola/api';
import { collectorConfigSchema } from '@gondola/collector';
import { parseConfig } from '@gondola/config';
import { detectServiceConfigSchema } from '@gondola/detect-service';
import { ingestConfigSchema } from '@gondola/ingest';
import { parse } from 'yaml';
import { z } from 'zod';
import { silencesConfigSchema } from '../../../apps/gondola/src/silences/silences.config.js';
import { ofKind, podsOf, textsOf, titleOf, type Manifest, type Pods } from '../manifest.js';
import { faults, isService, quantity, type ChartPromise } from './promise.js';

/** The product's own schemas: what they refuse, a service would not start with. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ingest: ingestConfigSchema,
  detect: detectServiceConfigSchema,
  api: apiConfigSchema,
  collector: collectorConfigSchema,
  silences: silencesConfigSchema,
};

/** What the checks read of a service's configuration, once its schema has completed it. */
const said = z.looseObject({
  environment: z.string(),
  http: z.looseObject({ host: z.string(), port: z.number(), drainMs: z.number() }).optional(),
  drainMsMax: z.number().optional(),
  flush: z.looseObject({ memoryBytesMax: z.number() }).optional(),
});

export interface ServiceConfig {
  readonly title: string;
  /** ConfigMap in which it is. */
  readonly configMap: string;
  readonly service: string;
  /** As the file has it. */
  readonly raw: unknown;
}

/** Configuration files of services among these manifests. */
export const configsOf = (manifests: readonly Manifest[]): readonly ServiceConfig[] =>
  ofKind(manifests, 'ConfigMap').flatMap((manifest) =>
    Object.entries(manifest.data ?? {}).flatMap(([file, text]) => {
      const service = file.replace(/\.yaml$/, '');
      if (SCHEMAS[service] === undefined || typeof text !== 'string') return [];
      const configMap = manifest.metadata.name;
      return [{ title: titleOf(manifest), configMap, service, raw: parse(text) as unknown }];
    }),
  );

/** The configuration with its defaults, or why the service would not start with it. */
function completed({ service, raw }: ServiceConfig): z.output<typeof said> | Error {
  try {
    return said.parse(parseConfig(service, SCHEMAS[service] ?? z.never(), raw));
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Pods that are told by this file, by the arguments of their containers. */
export const readersOf = (
  manifests: readonly Manifest[],
  { configMap, service }: ServiceConfig,
): readonly Pods[] =>
  podsOf(manifests).filter(
    ({ spec }) =>
      spec.volumes.some((volume) => volume.configMap?.name === configMap) &&
      spec.containers.some(({ args }) => args.some((arg) => arg.endsWith(`/${service}.yaml`))),
  );

/** What names a secret where it stands in the open. */
const SECRET_NAME = /password|secret|token|connectionstring|accesskey|credential/i;
const NAMES_A_PLACE = /(file|name|url|endpoint|ref|keys|path|parameter)$/i;
const SECRET_TEXT = [
  /AKIA[0-9A-Z]{16}/,
  /(SharedAccess|Account)(Key|Signature)=/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /:\/\/[^/\s:@]+:[^/\s@]+@/,
  /\beyJ[\w-]{10,}\.[\w-]{10,}\./,
];

export const configPromises: readonly ChartPromise[] = [
  {
    says: "every service starts with its configuration: the product's own schema takes it",
    broken: ({ manifests }) =>
      configsOf(manifests).flatMap((config) => {
        const found = completed(config);
        return found instanceof Error ? [`${config.title}: ${found.message}`] : [];
      }),
  },
  {
    says: 'every service has a configuration, that of its environment',
    broken: ({ manifests, environment }) => {
      const configs = configsOf(manifests);
      const told = new Set(
        configs.flatMap((config) => readersOf(manifests, config).map(({ owner }) => owner)),
      );
      return [
        ...configs.flatMap((config) => {
          const { environment: is } = z.looseObject({ environment: z.string() }).parse(config.raw);
          return faults(config.title, [
            is !== environment && `is of ${is}`,
            readersOf(manifests, config).length === 0 && `nobody reads ${config.service}.yaml`,
          ]);
        }),
        ...podsOf(manifests)
          .filter(isService)
          .filter(({ owner }) => !told.has(owner))
          .map(({ owner }) => `${owner}: has no configuration`),
      ];
    },
  },
  {
    says: 'a service listens where its pod is asked',
    broken: ({ manifests }) =>
      eachReader(manifests, (config, pods) => {
        // A task that reads the configuration of a service answers nobody.
        if (!isService(pods)) return [];
        const ports = pods.spec.containers.flatMap(({ ports: own }) => own.map((port) => port.containerPort));
        return [
          config.http && config.http.host !== '0.0.0.0' && `listens on ${config.http.host}`,
          config.http &&
            !ports.includes(config.http.port) &&
            `listens on port ${config.http.port}, not ${ports.join()}`,
        ];
      }),
  },
  {
    says: 'a pod is given longer to stop than it takes: before it is told, and to publish what it holds',
    broken: ({ manifests }) =>
      eachReader(manifests, ({ http, drainMsMax = 0 }, pods) => {
        if (!isService(pods)) return [];
        const { spec } = pods;
        const graceMs = spec.terminationGracePeriodSeconds * 1_000;
        const takesMs = preStopMs(spec.containers[0]?.lifecycle) + Math.max(http?.drainMs ?? 0, drainMsMax);
        return [graceMs <= takesMs && `has ${graceMs} ms, and takes ${takesMs} ms`];
      }),
  },
  {
    says: 'a service publishes early before its memory ends',
    broken: ({ manifests }) =>
      eachReader(manifests, ({ flush }, { spec }) => {
        const memoryMax = quantity(spec.containers[0]?.resources.limits['memory']);
        return [
          flush !== undefined &&
            memoryMax !== undefined &&
            flush.memoryBytesMax > memoryMax * 0.9 &&
            `publishes early at ${flush.memoryBytesMax} of ${memoryMax} bytes`,
        ];
      }),
  },
  {
    says: 'every file that a service or a task is told of is mounted, for that pod',
    broken: ({ manifests }) => [
      ...configsOf(manifests).flatMap((config) =>
        readersOf(manifests, config).flatMap((pods) => faults(pods.owner, missingFiles(config.raw, pods))),
      ),
      ...podsOf(manifests).flatMap((pods) =>
        faults(
          pods.owner,
          [...pods.spec.initContainers, ...pods.spec.containers].flatMap(({ args }) =>
            missingFiles(args, pods),
          ),
        ),
      ),
    ],
  },
  {
    says: 'no secret stands in the open: not in a ConfigMap, an environment variable or an argument',
    broken: ({ manifests }) =>
      manifests
        .filter(({ kind }) => kind !== 'CustomResourceDefinition')
        .flatMap((manifest) => [
          ...faults(titleOf(manifest), [manifest.kind === 'Secret' && 'the chart makes no Secret by itself']),
          ...faults(
            titleOf(manifest),
            [...textsOf(manifest)].map(
              ([path, text]) => SECRET_TEXT.some((pattern) => pattern.test(text)) && `a secret at ${path}`,
            ),
          ),
        ])
        .concat(
          configsOf(manifests).flatMap(({ title, raw }) =>
            faults(
              title,
              [...textsOf(raw)].map(([path]) => isSecretName(path) && `${path} is told in the open`),
            ),
          ),
          podsOf(manifests).flatMap(({ owner, spec }) =>
            faults(
              owner,
              [...spec.initContainers, ...spec.containers].flatMap(({ env }) =>
                env.map(
                  ({ name, value }) =>
                    value !== undefined && isSecretName(name) && `${name} is told in the open`,
                ),
              ),
            ),
          ),
        ),
  },
];

const isSecretName = (path: string): boolean => {
  const name =
    path
      .split('.')
      .filter((part) => !/^\d+$/.test(part))
      .at(-1) ?? '';
  return SECRET_NAME.test(name.replaceAll('_', '')) && !NAMES_A_PLACE.test(name);
};

function eachReader(
  manifests: readonly Manifest[],
  check: (config: z.output<typeof said>, pods: Pods) => readonly (string | false | undefined)[],
): readonly string[] {
  return configsOf(manifests).flatMap((config) => {
    const found = completed(config);
    if (found instanceof Error) return [];
    return readersOf(manifests, config).flatMap((pods) => faults(pods.owner, check(found, pods)));
  });
}

/** Of a hook that sleeps; whatever else a hook does, nothing here can tell. */
const preStopMs = (lifecycle: unknown): number => {
  const hook = z.looseObject({ preStop: z.looseObject({ sleep: z.looseObject({ seconds: z.number() }) }) });
  const found = hook.safeParse(lifecycle);
  return found.success ? found.data.preStop.sleep.seconds * 1_000 : 0;
};

function missingFiles(told: unknown, { spec }: Pods): readonly (string | false)[] {
  const mounts = [...spec.initContainers, ...spec.containers].flatMap(({ volumeMounts }) =>
    volumeMounts.map(({ mountPath, name }) => ({ mountPath, name })),
  );
  return [...textsOf(told)].map(([path, text]) => {
    if (!text.startsWith('/etc/gondola/') && !/(^|\.)\w+File$/.test(path)) return false;
    const mount = mounts.find(({ mountPath }) => text === mountPath || text.startsWith(`${mountPath}/`));
    if (mount === undefined) return `${text} is not mounted`;
    const items = z
      .looseObject({ secret: z.looseObject({ items: z.array(z.looseObject({ path: z.string() })) }) })
      .safeParse(spec.volumes.find(({ name }) => name === mount.name));
    const file = text.slice(mount.mountPath.length + 1);
    return (
      items.success &&
      !items.data.secret.items.some((item) => item.path === file) &&
      `${text} is not of its Secret`
    );
  });
}
