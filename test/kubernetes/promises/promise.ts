import type { Rendered } from '../chart.js';
import { podsOf, type Container, type Pods } from '../manifest.js';

/** What the chart promises of whatever it makes, checked over the manifests of one environment. */
export interface ChartPromise {
  readonly says: string;
  /** Where it is broken, one line each. */
  broken(rendered: Rendered): readonly string[];
}

/** A promise of each container, those that run before the others too. */
export const ofContainers =
  (check: (container: Container, pods: Pods) => readonly (string | false | undefined)[]) =>
  ({ manifests }: Rendered): readonly string[] =>
    podsOf(manifests).flatMap((pods) =>
      [...pods.spec.initContainers, ...pods.spec.containers].flatMap((container) =>
        faults(`${pods.owner}, ${container.name}`, check(container, pods)),
      ),
    );

export const ofPods =
  (check: (pods: Pods, rendered: Rendered) => readonly (string | false | undefined)[]) =>
  (rendered: Rendered): readonly string[] =>
    podsOf(rendered.manifests).flatMap((pods) => faults(pods.owner, check(pods, rendered)));

/** Those of `checks` that found something, each with where it was found. */
export const faults = (where: string, checks: readonly (string | false | undefined)[]): readonly string[] =>
  checks.flatMap((what) => (what ? [`${where}: ${what}`] : []));

/** Whether labels are those that `selector` asks for. An empty selector takes everything. */
export const selects = (
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean => Object.entries(selector).every(([key, value]) => labels[key] === value);

/** Which service or task a label says that something is of. */
export const componentOf = (labels: Readonly<Record<string, string>>): string =>
  labels['app.kubernetes.io/component'] ?? '';

/** Services answer people and Prometheus; tasks end by themselves. */
export const isService = ({ kind }: Pods): boolean => kind === 'Deployment' || kind === 'StatefulSet';

/** What the chart's own tests run, see `helm test`. */
export const isHelmTest = ({ kind, annotations }: Pods): boolean =>
  kind === 'Pod' && annotations['helm.sh/hook'] === 'test';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 0.001,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity of Kubernetes as a number: 250m is 0.25, 1Gi is 2^30. Undefined for one that it cannot read. */
export function quantity(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|Ti)?$/.exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
}
