import { join } from 'node:path';
import { parseManifests, type Manifest } from './manifest.js';
import { ROOT, runProgram, type ToolResult } from './tools.js';

export const CHART = join(ROOT, 'helm/gondola');
export const ENVIRONMENTS = ['dev', 'qa', 'prod'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];
export const RELEASE = 'gondola';
export const namespaceOf = (environment: string): string => `gondola-${environment}`;

/** What is laid over the values of the environment, as a file of one's own would. */
export type Values = Readonly<Record<string, unknown>>;

/** Arguments by which every command of helm gets the values of `environment`; those laid over it are read from its input. */
export const valuesOf = (environment: Environment): readonly string[] => [
  ...['-f', join(CHART, `values-${environment}.yaml`), '-f', '-'],
];

export interface Rendered {
  readonly environment: Environment;
  readonly yaml: string;
  readonly manifests: readonly Manifest[];
}

interface TemplateOptions {
  readonly helm?: 'helm' | 'helm3';
  /** Where it goes; the environment's own namespace when not set. */
  readonly namespace?: string;
}

export function template(
  environment: Environment,
  values: Values = {},
  { helm = 'helm', namespace = namespaceOf(environment) }: TemplateOptions = {},
): ToolResult {
  const args = ['template', RELEASE, CHART, '--namespace', namespace, '--kube-version', '1.37.0'];
  return runProgram(helm, [...args, ...valuesOf(environment)], { input: JSON.stringify(values) });
}

/** The chart's manifests. Throws with what helm said where it refuses. */
export function render(environment: Environment, values: Values = {}): Rendered {
  const { code, stdout, stderr } = template(environment, values);
  if (code !== 0) throw new Error(`helm template of ${environment}: ${stderr}`);
  return renderedOf(environment, stdout);
}

export const renderedOf = (environment: Environment, yaml: string): Rendered => ({
  environment,
  yaml,
  manifests: parseManifests(yaml),
});
