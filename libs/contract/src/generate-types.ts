import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroRecord, AvroType } from './avro-type.js';
import { contractFileSchema, parseContractFile } from './contract-file.js';
import type { SchemaKind } from './remote-registry.js';
import { parseSchema, TYPES_FOLDER, versionOfFile } from './parse-schema.js';

/** Longest line that the formatter leaves alone. */
const LINE_MAX = 110;

/** Generated file name -> text, for the newest schema of every subject under `schemas/`, and for what they are called. */
export function generateAllTypes(schemasFolder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const subjects: Subject[] = [];
  for (const entry of readdirSync(schemasFolder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === TYPES_FOLDER) continue;
    const folder = join(schemasFolder, entry.name);
    const path = join(folder, 'contract.yaml');
    const contract = parseContractFile(readFileSync(path, 'utf8'), path);
    const newest = filesIn(folder).reduce((best, file) => (file.version > best.version ? file : best));
    const references = (contract.references[newest.version] ?? []).map((one) => {
      const types = join(schemasFolder, TYPES_FOLDER, one.subject);
      const file = filesIn(types).find(({ version }) => version === one.version);
      return { ...one, text: readFileSync(join(types, file?.name ?? `v${one.version}`), 'utf8') };
    });
    const text = readFileSync(join(folder, newest.name), 'utf8');
    const { kind, record } = parseSchema({ ...newest, text, references }, contract, folder);
    files.set(`${entry.name}.ts`, generateTypes(`${entry.name}/${newest.name}`, record, kind));
    subjects.push({ subject: entry.name, type: record.name, eventIdField: contract.roles.eventId });
  }
  files.set('subjects.ts', generateSubjects(subjects));
  return files;
}

/** The schemas of a folder. */
const filesIn = (folder: string) =>
  readdirSync(folder).flatMap((name) => {
    const version = versionOfFile(name);
    return version ? [{ name, ...version }] : [];
  });

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
 * Times are numbers (see each field), enums unions of their symbols. A JSON Schema has texts for times, and allows no null for
 * what is only not required: that is optional. `file`: the schema's, below `schemas/`.
 */
export function generateTypes(file: string, schema: AvroRecord, kind: SchemaKind = 'avro'): string {
  const records = new Map<string, AvroRecord>();
  collect(schema, records);
  const interfaces = [...records.values()].map((record) => interfaceOf(record, kind === 'json'));
  return [`// Generated from schemas/${file} by libs/contract: do not edit.\n`, ...interfaces].join('\n');
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

function interfaceOf(record: AvroRecord, isJson: boolean): string {
  const fields = record.fields.map(({ name, doc, type, fallback, isRequired }) => {
    const comment = [doc, unitOf(type, isJson)].filter(Boolean).join(' ');
    const isOptional = isJson && fallback !== undefined && !isRequired;
    const given = isOptional && fallback === null && type.kind === 'nullable' ? type.of : type;
    const text = fieldOf(isOptional ? `${keyOf(name)}?` : keyOf(name), typeOf(given, isJson));
    return `${comment ? `  /** ${comment} */\n` : ''}${text}`;
  });
  const doc = record.doc ? `/** ${record.doc} */\n` : '';
  return `${doc}export interface ${record.name} {\n${fields.join('')}}\n`;
}

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));

function fieldOf(key: string, type: string): string {
  const line = `  readonly ${key}: ${type};\n`;
  if (line.length <= LINE_MAX) return line;
  return `  readonly ${key}:\n    | ${type.replaceAll(' | ', '\n    | ')};\n`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const isTime = (type: AvroType): boolean =>
  (type.kind === 'int' || type.kind === 'long') && type.logical !== null;

function unitOf(type: AvroType, isJson: boolean): string | null {
  if (type.kind === 'nullable') return unitOf(type.of, isJson);
  if (isJson && isTime(type)) return type.kind === 'int' ? 'ISO 8601 date.' : 'ISO 8601 time with its zone.';
  if (type.kind === 'int' && type.logical) return 'Days since 1970.';
  if (type.kind === 'long' && type.logical === 'timestamp-millis') return 'Milliseconds since 1970.';
  if (type.kind === 'long' && type.logical === 'timestamp-micros') return 'Microseconds since 1970.';
  return null;
}

function typeOf(type: AvroType, isJson: boolean): string {
  if (isJson && isTime(type)) return 'string';
  switch (type.kind) {
    case 'nullable':
      return `${typeOf(type.of, isJson)} | null`;
    case 'union':
      return [...new Set(type.branches.map((branch) => typeOf(branch, isJson)))].join(' | ');
    case 'json':
      return 'unknown';
    case 'record':
      return type.name;
    case 'array':
      return `readonly ${arrayItem(type.items, isJson)}[]`;
    case 'map':
      return `Readonly<Record<string, ${typeOf(type.values, isJson)}>>`;
    case 'enum':
      return type.symbols.map(quoted).join(' | ');
    case 'boolean':
    case 'string':
      return type.kind;
    default:
      return 'number';
  }
}

function arrayItem(type: AvroType, isJson: boolean): string {
  const text = typeOf(type, isJson);
  return text.includes(' ') ? `(${text})` : text;
}

// `node libs/contract/dist/generate-types.js`, in the root of the repository, after a schema or what a contract may say changed.
if (import.meta.main) {
  for (const [name, text] of generateAllTypes('schemas'))
    writeFileSync(join('libs/events/src/generated', name), text);
  writeFileSync('schemas/contract.schema.json', `${JSON.stringify(contractFileSchema(), null, 2)}\n`);
}
