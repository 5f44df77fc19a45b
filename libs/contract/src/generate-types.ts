import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroRecord, AvroType } from './avro-type.js';
import { parseContractFile } from './contract-file.js';
import { readVersion, TYPES_FOLDER, versionOfFile } from './schema-kinds.js';

/** Longest line that the formatter leaves alone. */
const LINE_MAX = 110;

/** Generated file name -> text, for the newest schema of every subject under `schemas/`, and for what they are called. */
export function generateAllTypes(schemasFolder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const subjects: Subject[] = [];
  for (const entry of readdirSync(schemasFolder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === TYPES_FOLDER) continue;
    const folder = join(schemasFolder, entry.name);
    const contract = join(folder, 'contract.yaml');
    const { roles, references } = parseContractFile(readFileSync(contract, 'utf8'), contract);
    const { version, kind, name } = newestIn(folder);
    const named = (references[version] ?? []).map((one) => {
      const types = join(schemasFolder, TYPES_FOLDER, one.subject);
      const file = filesIn(types).find((candidate) => candidate.version === one.version);
      return { ...one, text: readFileSync(join(types, file?.name ?? `v${one.version}`), 'utf8') };
    });
    const text = readFileSync(join(folder, name), 'utf8');
    const { record: schema } = readVersion({ version, id: 0, text, kind, references: named }, folder);
    files.set(`${entry.name}.ts`, generateTypes(entry.name, name, schema));
    subjects.push({ subject: entry.name, type: schema.name, eventIdField: roles.eventId });
  }
  files.set('subjects.ts', generateSubjects(subjects));
  return files;
}

/** The schemas of a folder. */
const filesIn = (folder: string) =>
  readdirSync(folder).flatMap((name) => {
    const file = versionOfFile(name);
    return file ? [{ ...file, name }] : [];
  });

const newestIn = (folder: string) =>
  filesIn(folder).reduce((newest, file) => (file.version > newest.version ? file : newest));

interface Subject {
  readonly subject: string;
  readonly type: string;
  readonly eventIdField: string;
}

/** What a producer has to know of each subject: its event's type, and which field tells events apart. */
function generateSubjects(unordered: readonly Subject[]): string {
  const subjects = unordered.toSorted((left, right) => (left.subject < right.subject ? -1 : 1));
  return [
    '// Generated from schemas/ by libs/contract: do not edit.\n',
    ...subjects.map(({ subject, type }) => `import type { ${type} } from './${subject}.js';`),
    '\n/** Subject -> its event, by the newest schema. */',
    'export interface EventOfSubject {',
    ...subjects.map(({ subject, type }) => `  readonly '${subject}': ${type};`),
    '}\n\n/** Subject -> field of the event that holds its id. */',
    'export const EVENT_ID_FIELDS = {',
    ...subjects.map(({ subject, eventIdField }) => `  '${subject}': '${eventIdField}',`),
    '} as const satisfies { readonly [S in keyof EventOfSubject]: keyof EventOfSubject[S] };\n',
  ].join('\n');
}

/**
 * TypeScript of a subject's newest schema: one exported interface for each record in it, as producers write events.
 * Times are numbers (see each field), enums unions of their symbols.
 */
export function generateTypes(subject: string, file: string, schema: AvroRecord): string {
  const records = new Map<string, AvroRecord>();
  collect(schema, records);
  const interfaces = [...records.values()].map(interfaceOf);
  return [
    `// Generated from schemas/${subject}/${file} by libs/contract: do not edit.\n`,
    ...interfaces,
  ].join('\n');
}

/** Inner records first, so that each is declared before it is used. */
function collect(type: AvroType, found: Map<string, AvroRecord>): void {
  if (type.kind === 'nullable') collect(type.of, found);
  else if (type.kind === 'array') collect(type.items, found);
  else if (type.kind === 'map') collect(type.values, found);
  else if (type.kind === 'union') for (const branch of type.branches) collect(branch, found);
  else if (type.kind === 'record') {
    for (const field of type.fields) collect(field.type, found);
    found.set(type.name, type);
  }
}

function interfaceOf(record: AvroRecord): string {
  const fields = record.fields.map(({ name, doc, type }) => {
    const comment = [doc, unitOf(type)].filter(Boolean).join(' ');
    return `${comment ? `  /** ${comment} */\n` : ''}${fieldOf(name, typeOf(type))}`;
  });
  const doc = record.doc ? `/** ${record.doc} */\n` : '';
  return `${doc}export interface ${record.name} {\n${fields.join('')}}\n`;
}

function fieldOf(name: string, type: string): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
  const line = `  readonly ${key}: ${type};\n`;
  if (line.length <= LINE_MAX) return line;
  return `  readonly ${key}:\n    | ${type.replaceAll(' | ', '\n    | ')};\n`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function unitOf(type: AvroType): string | null {
  if (type.kind === 'nullable') return unitOf(type.of);
  if (type.kind === 'int' && type.logical) return 'Days since 1970.';
  if (type.kind === 'long' && type.logical === 'timestamp-millis') return 'Milliseconds since 1970.';
  if (type.kind === 'long' && type.logical === 'timestamp-micros') return 'Microseconds since 1970.';
  return null;
}

function typeOf(type: AvroType): string {
  switch (type.kind) {
    case 'nullable':
      return `${typeOf(type.of)} | null`;
    case 'union':
      return [...new Set(type.branches.map(typeOf))].join(' | ');
    case 'json':
      return 'unknown';
    case 'record':
      return type.name;
    case 'array':
      return `readonly ${arrayItem(type.items)}[]`;
    case 'map':
      return `Readonly<Record<string, ${typeOf(type.values)}>>`;
    case 'enum':
      return type.symbols.map(quoted).join(' | ');
    case 'boolean':
    case 'string':
      return type.kind;
    default:
      return 'number';
  }
}

function arrayItem(type: AvroType): string {
  const text = typeOf(type);
  return text.includes(' ') ? `(${text})` : text;
}

// `node libs/contract/dist/generate-types.js`, in the root of the repository, after a schema changed.
if (import.meta.main)
  for (const [name, text] of generateAllTypes('schemas'))
    writeFileSync(join('libs/events/src/generated', name), text);
