import {
  compatibilityBreaks,
  describeBreak,
  parseAvroSchema,
  parseContractFile,
  type CompatibilityBreak,
  type CompatibilityMode,
} from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { checkExamples } from './check-examples.js';
import { compareWithRelease } from './compare-with-release.js';
import { error, warning, type Finding } from './finding.js';
import { lintContract } from './lint-contract.js';
import { lintFolder, lintIds } from './lint-folder.js';
import { versionFiles, type SchemaFolder } from './schema-folder.js';

export interface CheckOptions {
  /** By which examples are of the past. */
  readonly nowMs: number;
  /** What was released last. */
  readonly released: SchemaFolder | null;
}

/** Everything that is to be said of a folder of contracts, subject by subject. */
export function checkSchemas(folder: SchemaFolder, { nowMs, released }: CheckOptions): readonly Finding[] {
  const findings = [...lintIds(folder)];
  for (const [subject, contract] of folder.contracts) {
    findings.push(...lintFolder(folder, subject));
    if (contract instanceof SetupError) findings.push(...invalid(folder, subject, contract));
    else
      findings.push(
        ...lintContract(contract),
        ...checkExamples(folder, contract, nowMs),
        ...leftBehind(folder, subject, contract.compatibility),
      );
  }
  if (released) findings.push(...compareWithRelease(folder, released, nowMs));
  return findings;
}

/** The loader ends with the first thing; of versions that do not fit together all of them are told. */
function invalid(folder: SchemaFolder, subject: string, problem: SetupError): readonly Finding[] {
  const breaks = breaksOf(folder, subject, modeOf(folder, subject));
  if (breaks.length > 0)
    return breaks.map((one) =>
      error(
        'incompatible',
        `${subject}/v${Math.max(one.reader, one.writer)}.avsc`,
        one.path,
        `${describeBreak(one)}; give the field a default, keep its type, or make it a new field`,
      ),
    );
  const { file, message } = placed(problem.message, subject);
  return [error('contract_invalid', file, '', message)];
}

/** Messages of the loader begin with the path of the file. */
function placed(text: string, subject: string): { readonly file: string; readonly message: string } {
  const start = text.indexOf(`${subject}/`);
  const end = text.indexOf(': ', start);
  if (start < 0 || end < 0) return { file: subject, message: text };
  return { file: text.slice(start, end), message: text.slice(end + 2) };
}

/** A mode that is not transitive allows it; that records become unreadable should be known all the same. */
function leftBehind(folder: SchemaFolder, subject: string, mode: CompatibilityMode): readonly Finding[] {
  const newest = versionFiles(folder, subject).at(-1)?.version;
  const seen = new Set<number>();
  return breaksOf(folder, subject, 'BACKWARD_TRANSITIVE').flatMap((one) => {
    if (one.reader !== newest || seen.has(one.writer)) return [];
    seen.add(one.writer);
    return warning(
      'version_left_behind',
      `${subject}/v${one.writer}.avsc`,
      one.path,
      `${describeBreak(one)}; ${mode} allows it, and records of v${one.writer} go to quarantine`,
    );
  });
}

function breaksOf(
  folder: SchemaFolder,
  subject: string,
  mode: CompatibilityMode | null,
): readonly CompatibilityBreak[] {
  if (mode === null) return [];
  try {
    const schemas = versionFiles(folder, subject)
      .filter(({ kind }) => kind === 'avsc')
      .map(({ version, text, path }) => ({ version, schema: parseAvroSchema(text, path) }));
    return compatibilityBreaks(schemas, mode);
  } catch (problem) {
    // Then the loader has said so.
    if (problem instanceof SetupError) return [];
    throw problem;
  }
}

function modeOf({ files }: SchemaFolder, subject: string): CompatibilityMode | null {
  const path = `${subject}/contract.yaml`;
  try {
    return parseContractFile(files.get(path) ?? '', path).compatibility;
  } catch (problem) {
    if (problem instanceof SetupError) return null;
    throw problem;
  }
}
