import {
  compatibilityBreaks,
  describeBreak,
  isMode,
  parseSchema,
  schemaFileOf,
  TYPES_FOLDER,
  type Contract,
  type KnownVersion,
  type SchemaText,
  type SchemaVersion,
  type SubjectRegistry,
} from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { error, warning, type Finding } from './finding.js';

/** What a registry keeps under a subject: a contract, or a type that contracts name, which has no `contract.yaml`. */
export type KeptSubject = Pick<Contract, 'subject' | 'versions'> &
  (Pick<Contract, 'compatibility' | 'file'> | { readonly compatibility: null; readonly file: null });

/** A subject as the registry has it. */
export interface KnownSubject {
  readonly contract: KeptSubject;
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
 * What a registry has of the contracts, and whether it would take what it has not. `suffix` follows the contracts' names there, such as
 * `-value`; types have the names by which `references` call them. Fails as `SubjectRegistry` does.
 */
export async function checkRegistry(
  contracts: readonly KeptSubject[],
  registry: SubjectRegistry,
  suffix: string,
): Promise<RegistryState> {
  const findings: Finding[] = [];
  const subjects: KnownSubject[] = [];
  for (const contract of contracts) {
    const name = contract.file ? `${contract.subject}${suffix}` : contract.subject;
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

export const schemaTextOf = ({ kind = 'avro', text, references = [] }: SchemaVersion): SchemaText => ({
  kind,
  text,
  references: references.map(({ name, subject, version }) => ({ name, subject, version })),
});

async function judge(
  subject: KnownSubject,
  there: readonly number[],
  registry: SubjectRegistry,
): Promise<readonly Finding[]> {
  const { contract, name, mode, versions } = subject;
  const findings: Finding[] = [];
  const place = `${contract.subject}/contract.yaml`;
  if (contract.compatibility !== null && mode !== contract.compatibility)
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
    const why = await registry.whyIncompatible(name, schemaTextOf(one));
    if (why === null) continue;
    const words = why.length > 0 ? why : await ownWords(subject, one, there, registry);
    const folder = contract.file ? contract.subject : `${TYPES_FOLDER}/${contract.subject}`;
    const file = `${folder}/${schemaFileOf(one)}`;
    for (const word of words)
      findings.push(
        error('registry_incompatible', file, '', `${registry.address} would refuse it (${mode}): ${word}`),
      );
  }
  return findings;
}

/** Of a registry that says no and nothing else. */
async function ownWords(
  { contract, name, mode }: KnownSubject,
  one: SchemaVersion,
  there: readonly number[],
  registry: SubjectRegistry,
): Promise<readonly string[]> {
  const unknown = ['it is incompatible with a version there'];
  if (!contract.file || !isMode(mode)) return unknown;
  const { file } = contract;
  const texts = await Promise.all(there.map((version) => registry.text(name, version)));
  const next = Math.max(...there) + 1;
  try {
    const schemas = [...texts, one.text].map((text, index) => {
      const version = there[index] ?? next;
      return { version, ...parseSchema({ ...one, version, text: text ?? '' }, file, name) };
    });
    const breaks = compatibilityBreaks(schemas, mode).filter(
      ({ reader, writer }) => Math.max(reader, writer) === next,
    );
    return breaks.length > 0 ? breaks.map((found) => `as ${describeBreak(found)}`) : unknown;
  } catch (problem) {
    // It holds something that contracts cannot read; that it says no stands.
    if (problem instanceof SetupError) return unknown;
    throw problem;
  }
}
