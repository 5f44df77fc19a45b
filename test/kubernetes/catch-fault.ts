import { stringify } from 'yaml';
import { render, renderedOf, template, type Environment, type Rendered, type Values } from './chart.js';
import { titleOf } from './manifest.js';
import { brokenPromises } from './promises/all.js';
import { schemaFaults } from './tools.js';

/** Who finds a fault first, in the order in which somebody who installs the chart would be told. */
export type Catcher = 'values.schema.json' | 'templates' | 'kubeconform' | 'promises' | 'nobody';

export interface Caught {
  readonly by: Catcher;
  /** What it said. */
  readonly saying: string;
}

/** A fault in the values that are laid over those of `environment`. */
export function catchInValues(environment: Environment, values: Values, namespace?: string): Caught {
  const { code, stdout, stderr } = template(environment, values, { namespace });
  if (code === 0) return catchInManifests(renderedOf(environment, stdout));
  const by = /values don't meet the specifications of the schema/.test(stderr)
    ? 'values.schema.json'
    : 'templates';
  return { by, saying: stderr };
}

/** A fault in what the chart made. */
export function catchInManifests(rendered: Rendered): Caught {
  const faults = schemaFaults(rendered.yaml);
  if (faults.length > 0) return { by: 'kubeconform', saying: faults.join('\n') };
  const broken = brokenPromises(rendered);
  return broken.length > 0 ? { by: 'promises', saying: broken.join('\n') } : { by: 'nobody', saying: '' };
}

export interface Change {
  /** Kind and name, such as Deployment/gondola-ingest. */
  readonly of: string;
  /** Names and places in lists, with dots. */
  readonly at: string;
  /** Undefined: it is taken away. */
  readonly is: unknown;
}

const prod = { rendered: undefined as Rendered | undefined };

/** The manifests of prod with these changes; its YAML is of the changed ones alone. */
export function changed(...changes: readonly Change[]): Rendered {
  const { manifests } = (prod.rendered ??= render('prod'));
  const yaml = [...new Set(changes.map(({ of }) => of))].map((of) => {
    const copy = structuredClone(manifests.find((manifest) => titleOf(manifest) === of));
    if (copy === undefined) throw new Error(`no ${of}`);
    for (const change of changes) if (change.of === of) setAt(copy, change.at.split('.'), change.is);
    return { of, text: stringify(copy) };
  });
  const made = renderedOf('prod', yaml.map(({ text }) => text).join('---\n'));
  const kept = manifests.filter((manifest) => !yaml.some(({ of }) => of === titleOf(manifest)));
  return { ...made, manifests: [...kept, ...made.manifests] };
}

function setAt(value: Record<string, unknown>, [key = '', ...rest]: readonly string[], is: unknown): void {
  // Names of labels have dots of their own, written ~ here.
  const name = key.replaceAll('~', '.');
  if (rest.length > 0) setAt((value[name] ??= {}) as Record<string, unknown>, rest, is);
  else if (is === undefined) delete value[name];
  else value[name] = is;
}
