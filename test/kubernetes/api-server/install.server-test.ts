import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  CHART,
  ENVIRONMENTS,
  namespaceOf,
  RELEASE,
  render,
  template,
  valuesOf,
  type Environment,
} from '../chart.js';
import { describeWith, ROOT } from '../tools.js';
import { MAKES_PODS, startCluster, until, type Cluster } from './cluster.js';

const NAMESPACE = namespaceOf('prod');

/** What is installed; the pod of `helm test` wants an account that is there. */
const installed = (environment: Environment): string =>
  render(environment)
    .manifests.filter(({ kind }) => kind !== 'Pod')
    .map((manifest) => stringify(manifest))
    .join('---\n');

describeWith(['helm', 'kubectl', 'etcd', 'kube-apiserver'], 'the chart on a real API server', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
    done(['apply', '-f', join(ROOT, 'test/kubernetes/crds')]);
    done(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s']);
    done(['apply', '-f', join(ROOT, 'helm/namespaces.yaml')]);
  }, 600_000);
  afterAll(() => cluster.stop(), 300_000);

  /** What kubectl says; throws where it fails. */
  const done = (args: readonly string[], input?: string): string => {
    const { code, stdout, stderr } = cluster.kubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const inProd = (...args: readonly string[]) => done([...args, '--namespace', NAMESPACE]);
  const helm = (verb: readonly string[], values: object) =>
    cluster.helm(
      [...verb, RELEASE, CHART, '--namespace', NAMESPACE, ...valuesOf('prod')],
      JSON.stringify(values),
    );
  const futureMsMax = () =>
    /futureMsMax: (\d+)/.exec(inProd('get', 'configmap', 'gondola-ingest', '-o', 'yaml'))?.[1];
  const checksum = (service: string) =>
    inProd(
      ...['get', 'deployment', `gondola-${service}`],
      ...['-o', `jsonpath={.spec.template.metadata.annotations.checksum/${service}}`],
    );

  it.each(ENVIRONMENTS)(
    '%s: the server takes every field, and Pod Security restricted has nothing to say',
    (environment) => {
      const args = [
        'apply',
        '--dry-run=server',
        '--validate=strict',
        '--namespace',
        namespaceOf(environment),
      ];
      const { code, stderr } = cluster.kubectl([...args, '-f', '-'], installed(environment));
      expect(stderr).toBe('');
      expect(code).toBe(0);
    },
    300_000,
  );

  it.each([
    ['a misspelt field', 'PodDisruptionBudget', 'maxUnavailable: 1', 'maxUnavailible: 1', /maxUnavailible/],
    ['a text for a number', 'HorizontalPodAutoscaler', 'minReplicas: 2', 'minReplicas: two', /minReplicas/],
    ['a misspelt field of an operator', 'ServiceMonitor', 'interval:', 'intervall:', /intervall/],
  ])(
    'it would have told of %s in a %s',
    (_what, _kind, from, to, saying) => {
      const planted = render('prod').yaml.replaceAll(from, to);
      const args = ['apply', '--dry-run=server', '--validate=strict', '--namespace', NAMESPACE, '-f', '-'];
      const { code, stderr } = cluster.kubectl(args, planted);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(saying);
    },
    300_000,
  );

  it('it would have told of a privileged pod', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'planted' },
      spec: {
        serviceAccountName: 'planted',
        containers: [{ name: 'a', image: 'a:1', securityContext: { privileged: true } }],
      },
    };
    inProd('create', 'serviceaccount', 'planted');
    const args = ['apply', '--namespace', NAMESPACE, '-f', '-'];
    expect(cluster.kubectl(args, JSON.stringify(pod)).stderr).toMatch(/violates PodSecurity "restricted/);
  });

  it('values of prod do not go into a namespace that is labelled qa', () => {
    done(['create', 'namespace', 'retail']);
    done(['label', 'namespace', 'retail', 'gondola.io/environment=qa']);
    const args = ['install', RELEASE, CHART, '--namespace', 'retail', ...valuesOf('prod')];
    const { code, stderr } = cluster.helm(args, '{}');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/namespace retail is labelled gondola.io\/environment=qa/);
  }, 300_000);

  it('is installed', () => {
    const { code, stderr } = helm(['install'], {});
    expect(stderr).toBe('');
    expect(code).toBe(0);
  }, 300_000);

  const itWithPods = MAKES_PODS ? it : it.skip;

  itWithPods(
    'pods of every service and task are let in',
    async () => {
      for (const task of ['compact', 'vacuum', 'reconcile', 'train'])
        inProd('create', 'job', `now-${task}`, `--from=cronjob/gondola-${task}`);
      const pods = () => inProd('get', 'pods', '-o', 'name');
      for (const name of ['ingest', 'detect', 'api', 'collector'])
        await until(`a pod of ${name}`, () => pods().includes(`pod/gondola-${name}-`));
      for (const name of ['compact', 'vacuum', 'reconcile', 'train'])
        await until(`a pod of ${name}`, () => pods().includes(`pod/now-${name}-`));
    },
    300_000,
  );

  it('is upgraded: the pods of what was changed roll, the others stay', () => {
    const before = [checksum('ingest'), checksum('detect')];
    const { code, stderr } = helm(['upgrade'], { ingest: { config: { futureMsMax: 60_000 } } });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(futureMsMax()).toBe('60000');
    expect(checksum('ingest')).not.toBe(before[0]);
    expect(checksum('detect')).toBe(before[1]);
  }, 300_000);

  it('is rolled back to what it was', () => {
    const { code } = cluster.helm(['rollback', RELEASE, '1', '--namespace', NAMESPACE]);
    expect(code).toBe(0);
    expect(futureMsMax()).toBeUndefined();
    expect(checksum('ingest')).toBe(/checksum\/ingest: (\w+)/.exec(template('prod').stdout)?.[1]);
  }, 300_000);

  it('leaves nothing of its own when it is uninstalled', () => {
    expect(cluster.helm(['uninstall', RELEASE, '--namespace', NAMESPACE]).code).toBe(0);
    const kinds =
      'deployments,cronjobs,services,configmaps,networkpolicies,poddisruptionbudgets,scaledobjects';
    expect(inProd('get', kinds, '-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'name')).toBe('');
  }, 300_000);
});
