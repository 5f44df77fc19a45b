import type { Contract, KnownVersion, SchemaText, SchemaVersion, SubjectRegistry } from '@gondola/contract';
import { error, warning, type Finding } from './finding.js';

/** A subject as the registry has it. */
export interface KnownSubject {
  readonly contract: Contract;
  /** Its name there. */
  readonly name: string;
  readonly mode: string;
  /** Version of the contract -> its version and id there, null where it is missing. */
  readonly versions: ReadonlyMap<number, KnownVersion | null>;
}

export interface RegistryState {
  readonly findings: readonly Finding[];
  readonly subjects: readonly KnownSubject[];
}

/**
 * What a registry has of the contracts, and whether it would take what it has not. `suffix` follows the subjects' names there, such as
 * `-value`. Fails as `SubjectRegistry` does.
 */
export async function checkRegistry(
  contracts: readonly Contract[],
  registry: SubjectRegistry,
  suffix: string,
): Promise<RegistryState> {
  const findings: Finding[] = [];
  const subjects: KnownSubject[] = [];
  for (const contract of contracts) {
    const name = `${contract.subject}${suffix}`;
    const there = await registry.versions(name);
    const versions = new Map<number, KnownVersion | null>();
    for (const one of contract.versions)
      versions.set(one.version, there.length === 0 ? null : await registry.lookUp(name, schemaTextOf(one)));
    const subject = { contract, name, mode: await registry.compatibility(name), versions };
    subjects.push(subject);
    if (there.length > 0) findings.push(...(await judge(subject, there, registry)));
  }
  return { findings, subjects };
}

/** References come with other kinds of schema: they are named here. */
export const schemaTextOf = ({ text }: SchemaVersion): SchemaText => ({ kind: 'avro', text, references: [] });

async function judge(
  { contract, name, mode, versions }: KnownSubject,
  there: readonly number[],
  registry: SubjectRegistry,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const place = `${contract.subject}/contract.yaml`;
  if (mode !== contract.compatibility)
    findings.push(
      warning(
        'registry_mode',
        place,
        'compatibility',
        `${registry.address} holds ${name} to ${mode}: gondola schemas register sets it`,
      ),
    );
  const ours = [...versions.values()].flatMap((known) => known?.version ?? []);
  const foreign = there.filter((version) => !ours.includes(version));
  if (foreign.length > 0)
    findings.push(
      warning(
        'registry_foreign',
        contract.subject,
        '',
        `${registry.address} has ${name} version ${foreign.join(', ')}, which is none of these files: records of it are read by the newest, if they can be; add it as a version`,
      ),
    );
  for (const one of contract.versions) {
    if (versions.get(one.version)) continue;
    for (const why of await registry.whyIncompatible(name, schemaTextOf(one)))
      findings.push(
        error(
          'registry_incompatible',
          `${contract.subject}/v${one.version}.avsc`,
          '',
          `${registry.address} would refuse it: ${why}`,
        ),
      );
  }
  return findings;
}
