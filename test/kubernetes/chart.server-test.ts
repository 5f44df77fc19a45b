import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES } from './cases.js';
import { CHART, ENVIRONMENTS, namespaceOf, render, template, valuesOf, type Rendered } from './chart.js';
import { ofKind, parseManifests, podsOf, titleOf } from './manifest.js';
import { PROMISES } from './promises/all.js';
import { isService } from './promises/promise.js';
import { instancesMin } from './promises/scaling.js';
import { describeWith, ROOT, runProgram, schemaFaults } from './tools.js';

describeWith(['helm', 'kubeconform'], 'the chart', () => {
  it.each(ENVIRONMENTS)('%s passes helm lint --strict', (environment) => {
    const args = [
      'lint',
      '--strict',
      CHART,
      '--namespace',
      namespaceOf(environment),
      ...valuesOf(environment),
    ];
    const { code, stdout, stderr } = runProgram('helm', args, { input: '{}' });
    expect(`${stdout}${stderr}`).not.toMatch(/\[(WARNING|ERROR)\]/);
    expect(code).toBe(0);
  });

  describe.each(CASES)('$environment, $title', ({ environment, values }) => {
    let rendered: Rendered;
    beforeAll(() => {
      rendered = render(environment, values);
    });

    it('has manifests that the schemas of Kubernetes and of its operators take', () => {
      expect(schemaFaults(rendered.yaml)).toEqual([]);
    });

    it.each(PROMISES.map(({ says, broken }) => [says, broken] as const))('%s', (_says, broken) => {
      expect(broken(rendered)).toEqual([]);
    });
  });

  it('namespaces are those of the environments, and take no pod that is not restricted', () => {
    const yaml = readFileSync(join(ROOT, 'helm/namespaces.yaml'), 'utf8');
    expect(schemaFaults(yaml)).toEqual([]);
    expect(parseManifests(yaml).map(({ metadata: { name, labels } }) => [name, labels])).toEqual(
      ENVIRONMENTS.map((environment) => [
        namespaceOf(environment),
        expect.objectContaining({
          'gondola.io/environment': environment,
          'pod-security.kubernetes.io/enforce': 'restricted',
        }),
      ]),
    );
  });

  it.each(ENVIRONMENTS)('%s has a pod for each service and task', (environment) => {
    const names = podsOf(render(environment).manifests).map(({ name }) => name);
    for (const name of ['ingest', 'detect', 'api', 'collector', 'compact', 'vacuum', 'reconcile', 'test'])
      expect(names).toContain(`gondola-${name}`);
  });

  it('rolls the pods whose configuration changed, and no others', () => {
    const before = podsOf(render('prod').manifests);
    const after = podsOf(render('prod', { ingest: { config: { futureMsMax: 1_000 } } }).manifests);
    const changed = before.filter(({ annotations, owner }) => {
      const now = after.find((pods) => pods.owner === owner);
      return JSON.stringify(now?.annotations) !== JSON.stringify(annotations);
    });
    expect(changed.map(({ owner }) => owner)).toEqual(['Deployment/gondola-ingest']);
  });

  it('has the HPA where KEDA is not to decide, and never both', () => {
    const scalers = (mode: string) =>
      ofKind(
        render('prod', { ingest: { autoscaling: { mode } } }).manifests,
        'HorizontalPodAutoscaler',
        'ScaledObject',
      )
        .map(titleOf)
        .filter((title) => title.endsWith('-ingest'));
    expect(scalers('keda')).toEqual(['ScaledObject/gondola-ingest']);
    expect(scalers('hpa')).toEqual(['HorizontalPodAutoscaler/gondola-ingest']);
    expect(scalers('none')).toEqual([]);
  });

  it('reads nothing and writes nothing while it is paused', () => {
    const { manifests } = render('qa', { paused: true });
    expect(ofKind(manifests, 'HorizontalPodAutoscaler', 'ScaledObject')).toEqual([]);
    expect(ofKind(manifests, 'Deployment').map(({ spec }) => spec)).toEqual(
      Array(4).fill(expect.objectContaining({ replicas: 0 })),
    );
    for (const { spec } of ofKind(manifests, 'CronJob')) expect(spec).toMatchObject({ suspend: true });
  });

  it('keeps prod more strictly than dev: more than one of each, budgets, alerts, zones that must differ', () => {
    const { manifests } = render('prod');
    const services = podsOf(manifests).filter(isService);
    for (const { owner, spec } of services) {
      expect([owner, instancesMin(manifests, owner)]).toEqual([owner, expect.any(Number)]);
      expect(instancesMin(manifests, owner)).toBeGreaterThanOrEqual(2);
      expect(spec.topologySpreadConstraints).toContainEqual(
        expect.objectContaining({
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
        }),
      );
    }
    expect(ofKind(manifests, 'PodDisruptionBudget')).toHaveLength(services.length);
    for (const kind of ['ServiceMonitor', 'PrometheusRule', 'ResourceQuota'])
      expect(ofKind(manifests, kind).length).toBeGreaterThan(0);
    expect(JSON.stringify(manifests)).not.toMatch(/logLevel: debug/);
  });

  it.each([
    ['dev', { ingest: { replicas: 9 } }, /ingest.* 9 .*4/],
    ['dev', { stream: { broker: 'kinesis', kinesis: { region: 'eu-west-1', leases: 'none' } } }, undefined],
  ] as const)('%s is told of more instances than partitions: %j', (environment, values, warned) => {
    const args = ['install', 'gondola', CHART, '--dry-run=client', '--namespace', namespaceOf(environment)];
    const { code, stdout } = runProgram('helm', [...args, ...valuesOf(environment)], {
      input: JSON.stringify(values),
    });
    expect(code).toBe(0);
    const warnings = stdout.split('\n').filter((line) => /^WARNING.*(ingest|detect)/.test(line));
    if (warned) expect(warnings.join('\n')).toMatch(warned);
    else expect(warnings).toEqual([]);
  });
});

describeWith(['helm', 'helm3'], 'the chart by helm 3 and helm 4', () => {
  it.each(ENVIRONMENTS)('%s is the same by both', (environment) => {
    const [three, four] = (['helm3', 'helm'] as const).map((helm) => template(environment, {}, { helm }));
    // They leave other empty lines between the same manifests.
    expect(parseManifests(three?.stdout ?? '')).toEqual(parseManifests(four?.stdout ?? ''));
    expect(four?.code).toBe(0);
  });
});
