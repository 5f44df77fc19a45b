import { catchInManifests, catchInValues, changed, type Catcher } from './catch-fault.js';
import type { Environment, Values } from './chart.js';
import { PROMISES } from './promises/all.js';
import { describeWith } from './tools.js';

const other = 'acme-lake-qa-euw1-01';
const keda = { mode: 'keda', minReplicas: 1, maxReplicas: 4 };

// prettier-ignore
/** What, whose values, what is laid over them, who finds it and what it says. */
const IN_VALUES: readonly [string, Environment, Values, Catcher, RegExp][] = [
  ['a misspelt field', 'prod', { ingst: {} }, 'values.schema.json', /ingst/],
  ['a misspelt field of a service', 'dev', { api: { replica: 2 } }, 'values.schema.json', /replica/],
  ['a misspelt field of its configuration', 'dev', { ingest: { config: { dedup: {} } } }, 'values.schema.json', /dedup/],
  ['a text for a number', 'dev', { ingest: { replicas: 'two' } }, 'values.schema.json', /replicas/],
  ['no number of instances at all', 'dev', { ingest: { replicas: 0 } }, 'values.schema.json', /replicas/],
  ['half an instance', 'dev', { ingest: { replicas: 1.5 } }, 'values.schema.json', /replicas/],
  ['an environment that there is not', 'dev', { environment: 'production' }, 'values.schema.json', /environment/],
  ['an image of any version', 'dev', { image: { tag: 'latest' } }, 'values.schema.json', /tag/],
  ['a digest cut short', 'prod', { image: { digest: 'sha256:abc' } }, 'values.schema.json', /digest/],
  ['nobody who owns it', 'prod', { owner: '' }, 'values.schema.json', /owner/],
  ['memory that is no quantity', 'dev', { api: { resources: { limits: { memory: '1 GB' } } } }, 'values.schema.json', /memory/],
  ['a broker that there is not', 'dev', { stream: { broker: 'rabbit' } }, 'values.schema.json', /broker/],
  ['a schedule that is none', 'dev', { upkeep: { tasks: { compact: { schedule: 'daily' } } } }, 'values.schema.json', /schedule/],
  ['environment said once more in a configuration', 'dev', { ingest: { config: { environment: 'prod' } } }, 'values.schema.json', /environment/],
  ['a way of scaling that there is not', 'dev', { ingest: { autoscaling: { mode: 'both' } } }, 'values.schema.json', /mode/],
  ['a destination of everybody', 'dev', { networkPolicy: { destinations: { any: { services: ['ingest'], ports: [443] } } } }, 'values.schema.json', /any/],
  ['a destination without ports', 'dev', { networkPolicy: { destinations: { any: { services: ['ingest'], cidrs: ['0.0.0.0/0'], ports: [] } } } }, 'values.schema.json', /ports/],
  ['a privileged pod', 'dev', { ingest: { securityContext: { privileged: true } } }, 'values.schema.json', /securityContext/],
  ['a secret in a configuration', 'dev', { stream: { kafka: { sasl: { mechanism: 'plain', username: 'u', password: 'p' } } } }, 'values.schema.json', /password|sasl/],

  ["another environment's lake", 'prod', { lake: `s3://${other}/gondola` }, 'templates', /lake: .* is of qa, this release is of prod/],
  ["another environment's topic", 'prod', { stream: { name: 'acme-events-dev-euw1-01' } }, 'templates', /stream\.name/],
  ['a topic of no environment', 'prod', { stream: { signals: 'signals' } }, 'templates', /stream\.signals/],
  ["another environment's role", 'prod', { api: { identity: { roleArn: 'arn:aws:iam::111111111111:role/acme-api-dev-euw1-01' } } }, 'templates', /api\.identity\.roleArn/],
  ["another environment's Secret", 'qa', { secrets: { masking: { secretName: 'acme-masking-prod-euw1-01' } } }, 'templates', /secrets\.masking/],
  ["another environment's brokers", 'prod', { stream: { kafka: { bootstrap: ['kafka-1.dev.example.org:9098'] } } }, 'templates', /bootstrap/],
  ["another environment's store of secrets", 'qa', { externalSecrets: { store: { name: 'acme-keys-prod-euw1-01' } } }, 'templates', /externalSecrets\.store\.name: .* is of prod/],
  ['a store of secrets of no environment', 'prod', { externalSecrets: { store: { name: 'keys' } } }, 'templates', /externalSecrets\.store\.name/],
  ["another environment's password for KEDA", 'qa', { keda: { secrets: [{ parameter: 'password', secretName: 'acme-kafka-prod-euw1-01', key: 'password' }] } }, 'templates', /keda\.secrets, password/],
  ["another environment's lag", 'prod', { keda: { prometheusUrl: 'http://prometheus.monitoring-qa.svc:9090' } }, 'templates', /keda\.prometheusUrl/],
  ["another environment's topic for one service alone", 'qa', { collector: { config: { stream: { name: 'acme-events-prod-euw1-01' } } } }, 'templates', /collector\.config\.stream\.name/],
  ["another environment's registry", 'prod', { registry: { kind: 'confluent', urls: ['https://registry.example.org/contexts/qa'] } }, 'templates', /registry\.urls/],
  ["a way into another environment's pods", 'qa', { networkPolicy: { destinations: { api: { services: ['ingest'], namespace: 'gondola-prod', ports: [8080] } } } }, 'templates', /destinations\.api\.namespace/],
  ["a way in for another environment's pods", 'prod', { networkPolicy: { ingressNamespaces: ['gondola-dev'] } }, 'templates', /ingressNamespaces/],
  ["another environment's certificate", 'prod', { api: { expose: { tlsSecretName: 'gondola-qa-tls' } } }, 'templates', /api\.expose\.tlsSecretName/],
  ["another environment's values", 'dev', { environment: 'prod' }, 'templates', /gondola-dev|is of dev/],
  ['fewer at most than at least', 'prod', { api: { autoscaling: { minReplicas: 9 } } }, 'templates', /api\.autoscaling: minReplicas 9/],
  ['more instances than partitions', 'prod', { ingest: { autoscaling: { mode: 'none' }, replicas: 30 } }, 'templates', /ingest: 30 instances, but 24/],
  ['more instances at most than partitions', 'prod', { detect: { autoscaling: { maxReplicas: 25 } } }, 'templates', /detect: 25 instances/],
  ['two instances that cannot share', 'dev', { ingest: { replicas: 2 }, stream: { broker: 'kinesis', kinesis: { region: 'eu-west-1', leases: 'none' } } }, 'templates', /leases is none/],
  ['KEDA without what it asks', 'dev', { ingest: { autoscaling: keda }, stream: { broker: 'kinesis', kinesis: { region: 'eu-west-1' } } }, 'templates', /prometheusUrl/],
  ['prod paused', 'prod', { paused: true }, 'templates', /paused/],
  ['killed before it is done', 'dev', { ingest: { drainMs: 120_000, terminationGracePeriodSeconds: 60 } }, 'templates', /terminationGracePeriodSeconds/],
  ['more memory before publishing than there is', 'dev', { ingest: { config: { flush: { memoryBytesMax: 900_000_000 } } } }, 'templates', /memoryBytesMax/],
  ['more memory asked for than is allowed', 'dev', { api: { resources: { requests: { memory: '4Gi' } } } }, 'templates', /requests\.memory/],
  ['a file that no Secret has', 'dev', { api: { config: { verdicts: { tokenFile: '/etc/gondola/secrets/none/token' } } } }, 'templates', /secrets\.none.* token .*api/],
  ['the metadata service let in with the world', 'dev', { networkPolicy: { destinations: { cloud: { except: [] } } } }, 'promises', /never holds the metadata service/],
  ['a password in an address', 'dev', { env: { HTTPS_PROXY: 'http://user:secret@proxy:3128' } }, 'promises', /no secret stands in the open/],
];

const INGEST = 'Deployment/gondola-ingest';
const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers.0`;
const TASK = 'spec.jobTemplate.spec.template.spec.containers.0';
const NO_RULE = 'without a rule nothing reaches';
const NETWORK = 'NetworkPolicy/gondola-ingest';

// prettier-ignore
/** What, of what, where, what it is instead, who finds it; for a promise, which. */
const IN_MANIFESTS: readonly [string, string, string, unknown, string][] = [
  ['a misspelt field', 'PodDisruptionBudget/gondola-api', 'spec.selecter', {}, 'kubeconform'],
  ['a misspelt field of a container', INGEST, `${CONTAINER}.resource`, {}, 'kubeconform'],
  ['a text for a number', 'HorizontalPodAutoscaler/gondola-api', 'spec.minReplicas', '2', 'kubeconform'],
  ['a misspelt field of an operator', 'ServiceMonitor/gondola-services', 'spec.endpoints.0.intervall', '5s', 'kubeconform'],
  ["a text for KEDA's number", 'ScaledObject/gondola-ingest', 'spec.maxReplicaCount', '12', 'kubeconform'],
  ['an alert without an expression', 'PrometheusRule/gondola-line', 'spec.groups.0.rules.0.expr', undefined, 'kubeconform'],
  ['a misspelt field of a secret from outside', 'ExternalSecret/acme-masking-prod-euw1-01', 'spec.target.nam', 'x', 'kubeconform'],
  ['a kind of yesterday', 'PodDisruptionBudget/gondola-api', 'apiVersion', 'policy/v1beta1', 'kubeconform'],

  ['privileged', INGEST, `${CONTAINER}.securityContext.privileged`, true, 'nothing runs as root'],
  ['privileges to be gained', INGEST, `${CONTAINER}.securityContext.allowPrivilegeEscalation`, undefined, 'nothing runs as root'],
  ['a capability kept', INGEST, `${CONTAINER}.securityContext.capabilities.drop`, ['NET_RAW'], 'nothing runs as root'],
  ['a capability added', INGEST, `${CONTAINER}.securityContext.capabilities.add`, ['NET_ADMIN'], 'nothing runs as root'],
  ['root', INGEST, `${POD}.securityContext.runAsUser`, 0, 'nothing runs as root'],
  ['no seccomp', 'CronJob/gondola-train', 'spec.jobTemplate.spec.template.spec.securityContext.seccompProfile', undefined, 'nothing runs as root'],
  ["the node's network", INGEST, `${POD}.hostNetwork`, true, 'no pod sees its node'],
  ["the node's folders", INGEST, `${POD}.volumes.0`, { name: 'tmp', hostPath: { path: '/tmp' } }, 'no pod sees its node'],
  ['a root that may be written', INGEST, `${CONTAINER}.securityContext.readOnlyRootFilesystem`, false, 'the root file system is read only'],
  ['a /tmp without bounds', INGEST, `${POD}.volumes.0.emptyDir`, {}, 'the root file system is read only'],
  ['an account of somebody else', INGEST, `${POD}.serviceAccountName`, 'default', 'a pod has a token'],
  ['no limit of memory', INGEST, `${CONTAINER}.resources.limits`, {}, 'what a container needs'],
  ['latest', INGEST, `${CONTAINER}.image`, 'gondola:latest', 'images are of a version'],
  ['no tag', INGEST, `${CONTAINER}.image`, 'registry:5000/gondola', 'images are of a version'],
  ['no probe', INGEST, `${CONTAINER}.readinessProbe`, undefined, 'every service is probed'],
  ['a probe of a port that is not there', INGEST, `${CONTAINER}.livenessProbe.httpGet.port`, 'web', 'every service is probed'],
  ['all in one zone', INGEST, `${POD}.topologySpreadConstraints`, [], 'instances of a service are spread'],
  ['a task twice at a time', 'CronJob/gondola-compact', 'spec.concurrencyPolicy', 'Allow', 'a task never runs twice'],
  ['a ConfigMap that is not there', INGEST, `${POD}.volumes.1.configMap.name`, 'gondola-ingst', 'everything that is mounted'],
  ['a pod by itself', 'Pod/gondola-test', 'metadata.annotations', {}, 'only tests of the chart'],

  ['nothing denied', 'NetworkPolicy/gondola-default-deny', 'spec.podSelector.matchLabels', { a: 'b' }, 'a rule is for pods'],
  ['everybody may come', NETWORK, 'spec.ingress', [{}], 'no rule opens everything'],
  ['everywhere may be gone to', NETWORK, 'spec.egress.0.to', [{ ipBlock: { cidr: '0.0.0.0/0' } }], 'no rule opens everything'],
  ['every pod of the cluster', NETWORK, 'spec.egress.0.to', [{ namespaceSelector: {} }], 'no rule opens everything'],
  ['no names', NETWORK, 'spec.egress.0.ports', [{ port: 54 }], 'every pod finds addresses'],
  ['no way to the broker', NETWORK, 'spec.egress.1.ports', [{ port: 9 }], 'every pod reaches'],

  ['a number and KEDA', INGEST, 'spec.replicas', 3, 'one thing decides'],
  ['nothing that decides', 'ScaledObject/gondola-ingest', 'spec.scaleTargetRef.name', 'gondola-ingst', 'one thing decides'],
  ['scaled to nothing', 'ScaledObject/gondola-ingest', 'spec.minReplicaCount', 0, 'a scaler has something'],
  ['a budget for all', 'PodDisruptionBudget/gondola-api', 'spec.selector.matchLabels', { 'app.kubernetes.io/name': 'gondola' }, 'a disruption budget'],
  ['a budget that holds a node', 'PodDisruptionBudget/gondola-api', 'spec.maxUnavailable', 0, 'a disruption budget'],
  ['a Service that leads nowhere', 'Service/gondola-api', 'spec.selector.app~kubernetes~io/component', 'apis', 'services and monitors'],
  ['a monitor that sees nothing', 'ServiceMonitor/gondola-services', 'spec.endpoints.0.port', 'metrics', 'services and monitors'],
  ['too small a quota', 'ResourceQuota/gondola-quota', 'spec.hard.pods', '10', 'the quota'],

  ['no owner', 'Service/gondola-api', 'metadata.labels.gondola~io/owner', undefined, 'everything has the labels'],
  ['a label of another environment', INGEST, 'spec.template.metadata.labels.gondola~io/environment', 'qa', 'everything has the labels'],
  ['another namespace', 'Service/gondola-api', 'metadata.namespace', 'gondola-green', 'everything is in the namespace'],
  ["another environment's group", 'ScaledObject/gondola-ingest', 'spec.triggers.0.metadata.consumerGroup', 'gondola-ingest-qa', 'nothing names another'],
  ['a group of no environment', 'ScaledObject/gondola-ingest', 'spec.triggers.0.metadata.consumerGroup', 'gondola-ingest', 'what it uses outside'],
  ['a Secret of no environment', INGEST, `${POD}.volumes.2.secret.secretName`, 'masking', 'what it uses outside'],

  ['a Secret from a store of no environment', 'ExternalSecret/acme-masking-prod-euw1-01', 'spec.secretStoreRef.name', 'keys', 'what it uses outside'],

  ['the profile of the node taken off', INGEST, `${POD}.securityContext.appArmorProfile`, { type: 'Unconfined' }, 'nothing runs as root'],
  ['all of /proc', INGEST, `${CONTAINER}.securityContext.procMount`, 'Unmasked', 'nothing runs as root'],
  ['a port of the node', INGEST, `${CONTAINER}.ports.0.hostPort`, 8080, 'no pod sees its node'],
  ["another service's account", INGEST, `${POD}.serviceAccountName`, 'gondola-upkeep', 'a pod is who its service is'],
  ["another service's role", 'ServiceAccount/gondola-api', 'metadata.annotations.eks~amazonaws~com/role-arn', 'arn:aws:iam::111111111111:role/acme-upkeep-prod-euw1-01', 'a pod is who its service is'],
  ['metrics shown to the world', 'Ingress/gondola-api', 'spec.rules.0.http.paths.1.path', '/metrics', 'what is open to the outside'],
  ['everything shown to the world', 'Ingress/gondola-api', 'spec.rules.0.http.paths.0.pathType', 'Prefix', 'what is open to the outside'],
  ['a door without TLS', 'Ingress/gondola-api', 'spec.tls', undefined, 'what is open to the outside'],
  ['a door beside the door', 'Service/gondola-api', 'spec.type', 'LoadBalancer', 'what is open to the outside'],
  ['a secret that nobody can read', INGEST, `${POD}.securityContext.fsGroup`, undefined, 'a secret can be read'],
  ['a secret that everybody can read', INGEST, `${POD}.volumes.2.secret.defaultMode`, 0o444, 'a secret can be read'],
  ['a Secret that lacks a file', 'ExternalSecret/acme-masking-prod-euw1-01', 'spec.data.0.secretKey', 'other.key', 'a Secret from outside'],

  ['one ingest more while it rolls', INGEST, 'spec.strategy.rollingUpdate', { maxSurge: 1, maxUnavailable: 0 }, 'a rollout takes'],
  ['no api while it rolls', 'Deployment/gondola-api', 'spec.strategy', { type: 'Recreate' }, 'a rollout takes'],
  ['an end while people are sent', 'Deployment/gondola-api', `${CONTAINER}.lifecycle`, undefined, 'who is asked from outside'],
  ['a change that nobody notices', INGEST, 'spec.template.metadata.annotations', {}, 'a service is replaced'],
  ['a change of old', INGEST, 'spec.template.metadata.annotations.checksum/ingest', '0'.repeat(64), 'a service is replaced'],
  ['another service in the pod', INGEST, `${CONTAINER}.args.0`, 'detect', 'a pod runs the service'],
  ['the lag of another stream', 'ScaledObject/gondola-ingest', 'spec.triggers.0.metadata.topic', 'acme-signals-prod-euw1-01', 'KEDA asks'],
  ["another service's lag", 'ScaledObject/gondola-ingest', 'spec.triggers.0.metadata.consumerGroup', 'gondola-detect-prod', 'KEDA asks'],
  ['KEDA that does not sign in', 'ScaledObject/gondola-ingest', 'spec.triggers.0.authenticationRef', undefined, 'KEDA asks'],
  ['KEDA that signs in by nothing', 'ScaledObject/gondola-ingest', 'spec.triggers.0.authenticationRef.name', 'x', 'KEDA asks'],
  ['a task of dev', 'CronJob/gondola-vacuum', `${TASK}.args`, ['vacuum', '--lake', 's3://acme-lake-prod-euw1-01/gondola'], 'a task says whose'],
  ['a task that forces', 'CronJob/gondola-vacuum', `${TASK}.args.7`, '--force-short-retention', 'a task says whose'],
  ['series of a job that no alert knows', 'ServiceMonitor/gondola-services', 'spec.endpoints.0.relabelings.0.replacement', '$1', 'series have the job'],

  ['a configuration that is refused', 'ConfigMap/gondola-api', 'data.api~yaml', 'environment: prod\nlake: x\nkpi: {}\n', 'every service starts'],
  ['a configuration of another environment', 'ConfigMap/gondola-api', 'data.api~yaml', 'environment: qa\nlake: x\n', 'every service has a configuration'],
  ['a service that nobody hears', 'ConfigMap/gondola-api', 'data.api~yaml', 'environment: prod\nlake: x\n', 'a service listens'],
  ['killed before it is done', INGEST, `${POD}.terminationGracePeriodSeconds`, 25, 'a pod is given longer'],
  ['less memory than it fills', INGEST, `${CONTAINER}.resources.limits.memory`, '768Mi', 'a service publishes early'],
  ['a key that is not mounted', INGEST, `${CONTAINER}.volumeMounts.2.mountPath`, '/etc/gondola/keys', 'every file'],
  ['a password in the open', 'ConfigMap/gondola-test', 'data.url', 'https://user:secret@host/', 'no secret'],
  ['a key in the environment', INGEST, `${CONTAINER}.env.0`, { name: 'AWS_SECRET_ACCESS_KEY', value: 'x' }, 'no secret'],
];

describeWith(['helm', 'kubeconform'], 'faults planted in values', () => {
  it.each(IN_VALUES)('%s of %s', (_what, environment, values, by, saying) => {
    const caught = catchInValues(environment, values);
    expect(caught).toEqual({ by, saying: expect.stringMatching(saying) });
  });

  it('values of one environment in the namespace of another', () => {
    expect(catchInValues('prod', {}, 'gondola-qa')).toEqual({
      by: 'templates',
      saying: expect.stringMatching(/values of prod are not installed into namespace gondola-qa/),
    });
  });
});

describeWith(['helm', 'kubeconform'], 'faults planted in manifests', () => {
  it.each(IN_MANIFESTS)('%s in %s', (_what, of, at, is, expected) => {
    const { by, saying } = catchInManifests(changed({ of, at, is }));
    if (expected === 'kubeconform') expect(by).toBe('kubeconform');
    else expect([by, saying]).toEqual(['promises', expect.stringContaining(expected)]);
  });

  it('a pod that no rule knows, where the rule of all pods is gone too', () => {
    const at = 'spec.policyTypes';
    const [all, own] = ['NetworkPolicy/gondola-default-deny', NETWORK].map((of) => ({
      of,
      at,
      is: ['Egress'],
    }));
    if (!all || !own) throw new Error('two changes');
    expect(catchInManifests(changed(all))).toEqual({ by: 'nobody', saying: '' });
    expect(catchInManifests(changed(all, own)).saying).toContain(NO_RULE);
  });

  it('there is one for each promise', () => {
    const planted = [NO_RULE, ...IN_MANIFESTS.map(([, , , , expected]) => expected)];
    const unproven = PROMISES.filter(({ says }) => !planted.some((expected) => says.startsWith(expected)));
    expect(unproven.map(({ says }) => says)).toEqual([]);
  });
});
