import type { SubjectRegistry } from '@gondola/contract';
import { schemaTextOf, type KnownSubject } from './check-registry.js';

/** What became of one version. */
export interface Registration {
  readonly subject: string;
  /** Of the contract. */
  readonly version: number;
  readonly outcome: 'registered' | 'known' | 'missing' | 'refused';
  readonly id: number | null;
  /** In the registry's words, where it was refused. */
  readonly why: string | null;
}

/**
 * Gives a registry the versions that it has not, in the order of their ids, so that what a schema refers to is there before it, and an
 * empty registry gives out the ids of `ids.json`. The modes of the subjects are set first. What is there already stays as it
 * is. After a refused version no later one of its subject is sent. With `dryRun` nothing is sent.
 */
export async function registerSchemas(
  subjects: readonly KnownSubject[],
  registry: SubjectRegistry,
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly Registration[]> {
  const refused = new Map<string, string>();
  for (const subject of dryRun ? [] : subjects) {
    const why = await setMode(subject, registry);
    if (why !== null) refused.set(subject.name, why);
  }
  const done: Registration[] = [];
  const versions = subjects.flatMap((subject) => subject.contract.versions.map((one) => ({ subject, one })));
  for (const { subject, one } of versions.toSorted((left, right) => left.one.id - right.one.id)) {
    const tell = (outcome: Registration['outcome'], id: number | null, why: string | null = null) =>
      done.push({ subject: subject.name, version: one.version, outcome, id, why });
    const known = subject.versions.get(one.version);
    const earlier = refused.get(subject.name);
    if (known) tell('known', known.id);
    else if (dryRun) tell('missing', null);
    else if (earlier !== undefined) tell('refused', null, earlier);
    else {
      const answer = await registry.register(subject.name, schemaTextOf(one));
      if (!('refused' in answer)) tell('registered', answer.id);
      else {
        refused.set(subject.name, answer.refused);
        tell('refused', null, answer.refused);
      }
    }
  }
  return done;
}

/** Why it cannot be set, null: it is. */
async function setMode(
  { name, mode, contract }: KnownSubject,
  registry: SubjectRegistry,
): Promise<string | null> {
  if (contract.compatibility === null || mode === contract.compatibility) return null;
  return (await registry.setCompatibility(name, contract.compatibility))?.refused ?? null;
}
