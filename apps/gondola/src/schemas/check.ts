import type { Contract, SubjectRegistry } from '@gondola/contract';
import {
  checkRegistry,
  checkSchemas,
  typesNamed,
  type Finding,
  type RegistryState,
  type SchemaFolder,
} from '@gondola/schema-check';
import { SetupError, systemClock } from '@gondola/stream';
import { UsageError, type CommandContext, type Summary } from '../command.js';
import {
  findNamedIn,
  folderOf,
  registryConfigOf,
  registryOf,
  textOf,
  type FindNamed,
  type Values,
} from './options.js';
import { lintTogether, readFolder, type ReadFolder } from './read-folder.js';
import { readReleased } from './released.js';

export interface Checked {
  readonly folder: string;
  readonly contracts: readonly Contract[];
  readonly findings: readonly Finding[];
  readonly registry: SubjectRegistry | null;
  readonly state: RegistryState | null;
  readonly errors: number;
}

export async function check(values: Values, context: CommandContext): Promise<Summary> {
  return summaryOf('check', await runCheck(values, context));
}

export const summaryOf = (action: string, { findings, errors, registry }: Checked) => ({
  command: `schemas ${action}`,
  ok: errors === 0,
  errors,
  warnings: findings.length - errors,
  findings,
  registry: registry?.address ?? null,
});

/** Reads, checks, and tells people what was found. */
export async function runCheck(values: Values, context: CommandContext): Promise<Checked> {
  const folder = folderOf(values);
  const config = registryConfigOf(values);
  const registry = config && (await registryOf(config));
  const find = await findNamedIn(config);
  const read = await readOrFind(folder, find);
  const found =
    'files' in read ? lint(read, folder, await releasedOf(values, folder, find, context)) : [read];
  const contracts = contractsOf(read, textOf(values, 'subject'));
  // What is wrong by itself need not be compared with what others have.
  const compares = registry !== null && errorsIn(found) === 0;
  // What a contract names in a registry is its producer's to register.
  const ours = contracts.filter(({ file }) => file.schema === undefined);
  const types = 'files' in read ? typesNamed(read, ours) : [];
  const suffix = textOf(values, 'suffix') ?? '';
  const state = compares ? await checkRegistry([...types, ...ours], registry, suffix) : null;
  const findings = [...found, ...(state?.findings ?? [])];
  const errors = errorsIn(findings);
  for (const finding of findings) context.say(lineOf(finding));
  context.say(
    `${countOf(contracts.length, 'contract')}: ${countOf(errors, 'error')}, ${countOf(findings.length - errors, 'warning')}`,
  );
  return { folder, contracts, findings, registry, state, errors };
}

async function readOrFind(folder: string, find: FindNamed | null): Promise<ReadFolder | Finding> {
  try {
    return await readFolder(folder, find);
  } catch (error) {
    if (!(error instanceof SetupError) || error.code !== 'contract_invalid') throw error;
    return { severity: 'error', code: 'contract_invalid', file: '.', field: '', message: error.message };
  }
}

function lint(read: ReadFolder, folder: string, released: SchemaFolder | null): readonly Finding[] {
  return [...checkSchemas(read, { nowMs: systemClock.nowMs(), released }), ...lintTogether(folder, read)];
}

async function releasedOf(
  values: Values,
  folder: string,
  find: FindNamed | null,
  { say }: CommandContext,
): Promise<SchemaFolder | null> {
  const [since, dir] = [textOf(values, 'since'), textOf(values, 'released')];
  if (since !== null && dir !== null) throw new UsageError('--since or --released, not both');
  if (dir !== null) return readFolder(dir, find);
  const released = since === null ? null : await readReleased(folder, since, find);
  if (since !== null && released === null) say(`${since} has no ${folder}: nothing was released`);
  return released;
}

function contractsOf(read: ReadFolder | Finding, subject: string | null): readonly Contract[] {
  const all = 'files' in read ? [...read.contracts.values()] : [];
  const contracts = all.flatMap((contract) => (contract instanceof SetupError ? [] : contract));
  if (subject === null) return contracts;
  const chosen = contracts.filter((contract) => contract.subject === subject);
  if (chosen.length === 0) throw new UsageError(`--subject ${subject}: there is no such contract`);
  return chosen;
}

const errorsIn = (findings: readonly Finding[]) =>
  findings.filter(({ severity }) => severity === 'error').length;

const lineOf = ({ severity, file, field, message }: Finding): string =>
  `${severity.padEnd(7)} ${file}: ${field === '' ? '' : `${field}: `}${message}`;

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
