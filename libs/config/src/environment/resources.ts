import type { LakeAddress } from '../lake-address.js';
import { environmentsIn, environmentsInAccount, nameInAddress, nameInPath } from './names.js';

/**
 * How a field of a configuration says whose it is. `name`: chosen by us and shared, so a strict environment demands that it
 * carries its own; nothing of the kind may carry another one's. `address`: of a server, which others may share; `path`: of this
 * machine; `label`: of whom or what others administer.
 */
export type ResourceKind = 'lake' | 'name' | 'address' | 'path' | 'account' | 'label';

const STREAM: Readonly<Record<string, ResourceKind>> = {
  name: 'name',
  signals: 'name',
  file: 'path',
  // Kafka
  'bootstrap.*': 'address',
  'tls.caFile': 'path',
  'tls.certFile': 'path',
  'tls.keyFile': 'path',
  'sasl.username': 'label',
  'sasl.passwordFile': 'path',
  'sasl.tokenFile': 'path',
  'sasl.clientCredentials.clientId': 'label',
  'sasl.clientCredentials.secretFile': 'path',
  'sasl.connectionStringFile': 'path',
  instanceId: 'label',
  // Kinesis
  endpoint: 'address',
  'leases.tablePrefix': 'name',
  'leases.endpoint': 'address',
  consumerName: 'name',
  // Event Hubs
  namespace: 'name',
  connectionStringFile: 'path',
  consumerGroup: 'name',
  'checkpointStore.container': 'name',
  'checkpointStore.account': 'account',
  'checkpointStore.endpoint': 'address',
};

const within = (prefix: string, fields: Readonly<Record<string, ResourceKind>>) =>
  Object.fromEntries(Object.entries(fields).map(([name, kind]) => [`${prefix}.${name}`, kind]));

/**
 * Every field of every service that names something of the world outside; `*` is each of a list. What is not here is no such
 * name: a test walks the schemas and demands that somebody decided. Models, regions and who signs tokens (OAuth) are the same
 * in all environments.
 */
export const RESOURCES: Readonly<Record<string, ResourceKind>> = {
  lake: 'lake',
  ...within('stream', STREAM),
  ...within('validated', STREAM),
  ...within('verdicts.stream', STREAM),
  'reference.*.name': 'name',
  'detection.sumsStream': 'name',
  // One that is no more: it may be older than this rule.
  'dedupe.continues': 'label',
  'snapshot.continues': 'label',
  schemas: 'path',
  ...within('registry', {
    name: 'label',
    'urls.*': 'address',
    caFile: 'path',
    'basicAuth.username': 'label',
    'basicAuth.passwordFile': 'path',
    'oauth.clientId': 'label',
    'oauth.secretFile': 'path',
    endpoint: 'address',
    namespace: 'name',
  }),
  'masking.keyFile': 'path',
  'bronze.encryption.keyFile': 'path',
  keysFile: 'path',
  ...within('access', {
    keysFile: 'path',
    'session.keyFile': 'path',
    'oidc.issuer': 'address',
    'oidc.jwksUrl': 'address',
    'oidc.audience': 'label',
    'origins.*': 'address',
  }),
  'quarantine.ingest': 'path',
  'quarantine.tokenFile': 'path',
  'verdicts.tokenFile': 'path',
  'webhooks.subscriptions.*.url': 'address',
  'webhooks.subscriptions.*.secretFile': 'path',
  'webhooks.subscriptions.*.name': 'label',
  'tracing.endpoint': 'address',
  ...within('explain.model', { url: 'address', endpoint: 'address', deployment: 'label', keyFile: 'path' }),
  ...within('lineage', { file: 'path', url: 'address', authorizationFile: 'path', namespace: 'name' }),
  'alertmanager.url': 'address',
  'alertmanager.tokenFile': 'path',
};

/** The environments that a value of a kind carries. */
export function carriedBy(kind: ResourceKind, value: unknown, known: readonly string[]): readonly string[] {
  if (kind === 'lake') return carriedByLake(value as LakeAddress, known);
  const text = String(value);
  switch (kind) {
    case 'address':
      return environmentsIn(nameInAddress(text), known);
    case 'path':
      return environmentsIn(nameInPath(text), known);
    case 'account':
      return environmentsInAccount(text, known);
    case 'name':
    case 'label':
      return environmentsIn(text, known);
  }
}

/** A place within an account: whichever of its names says it. */
function carriedByLake(lake: LakeAddress, known: readonly string[]): readonly string[] {
  if (lake.store === 'local') return environmentsIn(nameInPath(lake.folder), known);
  const names = lake.store === 's3' ? [lake.bucket, lake.prefix] : [lake.container, lake.prefix];
  const account = lake.store === 'azure' ? environmentsInAccount(lake.account ?? '', known) : [];
  const server = environmentsIn(nameInAddress(lake.endpoint ?? ''), known);
  return [...names.flatMap((name) => environmentsIn(name, known)), ...account, ...server];
}
