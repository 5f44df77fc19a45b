import { SetupError } from '@gondola/stream';
import { formatLakeAddress } from '../format-lake-address.js';
import type { LakeAddress } from '../lake-address.js';
import { connectionsOf } from './connections.js';
import { isStrict, knownEnvironments } from './names.js';
import { carriedBy, RESOURCES, type ResourceKind } from './resources.js';

/** A field that is set, by its path, with those that it stands in, outermost first. */
interface Found {
  readonly path: readonly string[];
  readonly kind: ResourceKind;
  readonly value: unknown;
  readonly parents: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A configuration with an `environment` names nothing of another one; in a strict environment what is shared carries its name.
 * Decisions/0045. Errors: `environment_mismatch`, a line per field: its name, whose it is, what to do.
 */
export function requireOwnNames(name: string, config: unknown): void {
  if (typeof config !== 'object' || config === null) return;
  const { environment } = config as { environment?: unknown };
  if (typeof environment !== 'string') return;
  const known = knownEnvironments(process.env);
  const named = [...resourcesOf(config), ...connectionsOf({ ...config }, process.env)];
  const faults = named.flatMap((found) => faultOf(found, environment, known) ?? []);
  if (faults.length === 0) return;
  throw new SetupError(
    'environment_mismatch',
    `The configuration of ${name} is of environment ${environment}, and not all that it names:\n${faults.join('\n')}`,
  );
}

function faultOf({ path, kind, value, parents }: Found, environment: string, known: readonly string[]) {
  const carried = carriedBy(kind, value, [...known, environment]);
  const other = carried.find((one) => one !== environment);
  const field = `  ${path.join('.')}: ${shown(kind, value)}`;
  if (other !== undefined)
    return `${field} is of ${other}; name what belongs to ${environment}, or set environment: ${other}`;
  if (carried.length > 0 || !isStrict(environment, known) || !isShared(path, kind, value, parents))
    return null;
  return (
    `${field} does not say whose it is; in ${environment} its name has the word ${environment} in it, ` +
    `such as acme-events-${environment}-euw1-01`
  );
}

/** Whether it is a name that another environment could see too. */
function isShared(
  path: readonly string[],
  kind: ResourceKind,
  value: unknown,
  parents: Found['parents'],
): boolean {
  if (kind === 'lake') return (value as LakeAddress).store !== 'local';
  if (kind !== 'name') return false;
  const [config] = parents;
  if (path[0] === 'lineage' || path[0] === 'registry') return true;
  const stream = parents.findLast((owner) => 'broker' in owner) ?? (config['stream'] as object | undefined);
  // Streams of one file, on one machine.
  if (stream && 'broker' in stream && stream.broker === 'embedded') return false;
  // Only detection writes signals; the others have the field for what they share.
  return path.at(-1) !== 'signals' || 'detection' in config;
}

function* resourcesOf(config: object): Generator<Found> {
  for (const [pattern, kind] of Object.entries(RESOURCES))
    yield* find(config, pattern.split('.'), { path: [], parents: [] }, kind);
}

function* find(
  value: unknown,
  [step, ...rest]: readonly string[],
  { path, parents }: Pick<Found, 'path' | 'parents'>,
  kind: ResourceKind,
): Generator<Found> {
  if (step === undefined) {
    if (value !== undefined && value !== null) yield { path, kind, value, parents };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const owner = value as Readonly<Record<string, unknown>>;
  const inner = Array.isArray(value) ? parents : [...parents, owner];
  for (const key of step === '*' ? Object.keys(owner) : [step])
    yield* find(owner[key], rest, { path: [...path, key], parents: inner }, kind);
}

/** Names hold no secret; addresses of servers may. */
function shown(kind: ResourceKind, value: unknown): string {
  if (kind === 'lake') return formatLakeAddress(value as LakeAddress);
  const text = String(value)
    .replace(/(\/\/|^)[^/]*@/, '$1')
    .replace(/\?.*/, '');
  return text === '' ? '(empty)' : text;
}
