import {
  compatibilityBreaks,
  describeBreak,
  parseSchema,
  parseContractFile,
  type CompatibilityBreak,
  type CompatibilityMode,
  type Contract,
  type ContractFile,
  type SchemaReference,
} from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { checkExamples } from './check-examples.js';
import { compareWithRelease } from './compare-with-release.js';
import { error, warning, type Finding } from './finding.js';
import { lintContract } from './lint-contract.js';
import { lintFolder, lintIds } from './lint-folder.js';
import { lintReferences } from './lint-references.js';
import { versionFiles, type SchemaFolder } from './schema-folder.js';

export interface CheckOptions {
  /** By which examples are of the past. */
  readonly nowMs: number;
  /** What was released last. */
  readonly released: SchemaFolder | null;
}

/** Everything that is to be said of a folder of contracts, subject by subject. */
export function checkSchemas(folder: SchemaFolder, { nowMs, released }: CheckOptions): readonly Finding[] {
  const findings = [...lintIds(folder), ...lintReferences(folder)];
  for (const [subject, contract] of folder.contracts) {
    findings.push(...lintFolder(folder, subject));
    if (contract instanceof SetupError) findings.push(...invalid(folder, subject, contract));
    else
      findings.push(
        ...lintContract(contract),
        ...checkExamples(folder, contract, nowMs),
        ...leftBehind(folder, contract),
      );
  }
  if (released) findings.push(...compareWithRelease(folder, released, nowMs));
  return findings;
}

/** The loader ends with the first thing; of versions that do not fit together all of them are told. */
function invalid(folder: SchemaFolder, subject: string, problem: SetupError): readonly Finding[] {
  const file = contractFileOf(folder, subject);
  const breaks = file ? breaksOf(folder, subject, file, file.compatibility) : [];
  if (breaks.length > 0)
    return breaks.map((one) =>
      error(
        'incompatible',
        pathOf(folder, subject, Math.max(one.reader, one.writer)),
        one.path,
        `${describeBreak(one)}; give the field a default, keep its type, or make it a new field`,
      ),
    );
  const { file: path, message } = placed(problem.message, subject);
  return [error('contract_invalid', path, '', message)];
}

/** Messages of the loader begin with the path of the file. */
function placed(text: string, subject: string): { readonly file: string; readonly message: string } {
  const start = text.indexOf(`${subject}/`);
  const end = text.indexOf(': ', start);
  if (start < 0 || end < 0) return { file: subject, message: text };
  return { file: text.slice(start, end), message: text.slice(end + 2) };
}

/** A mode that is not transitive allows it; that records become unreadable should be known all the same. */
function leftBehind(folder: SchemaFolder, { subject, file, versions }: Contract): readonly Finding[] {
  const newest = versions.at(-1)?.version;
  const seen = new Set<number>();
  return breaksOf(folder, subject, file, 'BACKWARD_TRANSITIVE').flatMap((one) => {
    if (one.reader !== newest || seen.has(one.writer)) return [];
    seen.add(one.writer);
    return warning(
      'version_left_behind',
      pathOf(folder, subject, one.writer),
      one.path,
      `${describeBreak(one)}; ${file.compatibility} allows it, and records of v${one.writer} go to quarantine`,
    );
  });
}

function breaksOf(
  folder: SchemaFolder,
  subject: string,
  file: ContractFile,
  mode: CompatibilityMode,
): readonly CompatibilityBreak[] {
  try {
    const schemas = versionFiles(folder, subject).map((one) => ({
      version: one.version,
      ...parseSchema({ ...one, references: referencesOf(folder, file, one.version) }, file, subject),
    }));
    return compatibilityBreaks(schemas, mode);
  } catch (problem) {
    // Then the loader has said so.
    if (problem instanceof SetupError) return [];
    throw problem;
  }
}

/** What is not there, the loader says. */
function referencesOf(folder: SchemaFolder, file: ContractFile, version: number): readonly SchemaReference[] {
  return (file.references[version] ?? []).flatMap((reference) => {
    const found = versionFiles(folder, reference.subject).find((one) => one.version === reference.version);
    return found ? { ...reference, text: found.text } : [];
  });
}

function contractFileOf({ files }: SchemaFolder, subject: string): ContractFile | null {
  const path = `${subject}/contract.yaml`;
  try {
    return parseContractFile(files.get(path) ?? '', path);
  } catch (problem) {
    if (problem instanceof SetupError) return null;
    throw problem;
  }
}

const pathOf = (folder: SchemaFolder, subject: string, version: number): string =>
  versionFiles(folder, subject).find((one) => one.version === version)?.path ?? subject;
