import type { AvroField, AvroRecord, AvroType } from './avro-type.js';

/** Why one schema cannot read what another writes; named as Avro's `SchemaIncompatibilityType`, the last three are ours. */
type DifferenceRule =
  | 'NAME_MISMATCH'
  | 'TYPE_MISMATCH'
  | 'MISSING_UNION_BRANCH'
  | 'MISSING_ENUM_SYMBOLS'
  | 'READER_FIELD_MISSING_DEFAULT_VALUE'
  | 'LOGICAL_TYPE_MISMATCH'
  | 'FIELD_NUMBER_MISMATCH'
  | 'JSON_SCHEMA_NARROWED';

export interface Difference {
  /** JSON pointer to the field, with `*` for entries of arrays and maps; '' for the record itself. */
  readonly path: string;
  readonly rule: DifferenceRule;
  readonly message: string;
}

/** Type that was written -> types it may be read as (Avro 1.12, schema resolution). */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
};

/** What keeps `reader` from reading what `writer` writes; empty: nothing does. */
export function avroDifferences(reader: AvroRecord, writer: AvroRecord): readonly Difference[] {
  const found: Difference[] = [];
  compareTypes(reader, writer, '', (path, rule, message) => found.push({ path, rule, message }));
  return found;
}

type Report = (path: string, rule: DifferenceRule, message: string) => void;

function compareTypes(reader: AvroType, writer: AvroType, path: string, report: Report): void {
  if (writer.kind === 'nullable') {
    const of = reader.kind === 'nullable' ? reader.of : reader;
    if (reader.kind !== 'nullable')
      report(path, 'MISSING_UNION_BRANCH', `may be null when written, must be ${of.kind} when read`);
    compareTypes(of, writer.of, path, report);
    return;
  }
  if (reader.kind === 'nullable') {
    compareTypes(reader.of, writer, path, report);
    return;
  }
  if (writer.kind === 'union') {
    for (const branch of writer.branches) compareTypes(reader, branch, path, report);
    return;
  }
  if (reader.kind === 'union') {
    const isTaken = reader.branches.some((branch) => !differ(branch, writer));
    if (!isTaken)
      report(
        path,
        'MISSING_UNION_BRANCH',
        `is written as ${writer.kind}, which is none of the types when read`,
      );
    return;
  }
  if (reader.kind === 'record' && writer.kind === 'record') compareRecords(reader, writer, path, report);
  else if (reader.kind === 'enum' && writer.kind === 'enum') compareEnums(reader, writer, path, report);
  else if (reader.kind === 'array' && writer.kind === 'array')
    compareTypes(reader.items, writer.items, `${path}/*`, report);
  else if (reader.kind === 'map' && writer.kind === 'map')
    compareTypes(reader.values, writer.values, `${path}/*`, report);
  else compareScalars(reader, writer, path, report);
}

function differ(reader: AvroType, writer: AvroType): boolean {
  let found = false;
  compareTypes(reader, writer, '', () => (found = true));
  return found;
}

function compareRecords(reader: AvroRecord, writer: AvroRecord, path: string, report: Report): void {
  compareNames(reader, writer, path, report);
  for (const field of reader.fields) {
    const at = `${path}/${field.name}`;
    const written = writer.fields.find(({ name }) => name === field.name);
    if (written) compareTypes(field.type, written.type, at, report);
    else if (isRequired(field))
      report(at, 'READER_FIELD_MISSING_DEFAULT_VALUE', 'is not written, and has no default when read');
  }
}

const isRequired = ({ fallback }: AvroField): boolean => fallback === undefined;

function compareEnums(
  reader: Extract<AvroType, { kind: 'enum' }>,
  writer: Extract<AvroType, { kind: 'enum' }>,
  path: string,
  report: Report,
): void {
  compareNames(reader, writer, path, report);
  const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (unknown.length > 0 && reader.fallback === null)
    report(path, 'MISSING_ENUM_SYMBOLS', `${unknown.join(', ')} may be written, and is no symbol when read`);
}

/** Without namespaces, as the specification has it. */
function compareNames(
  reader: { readonly name: string },
  writer: { readonly name: string },
  path: string,
  report: Report,
): void {
  const [read, written] = [reader, writer].map(({ name }) => name.slice(name.lastIndexOf('.') + 1));
  if (read !== written) report(path, 'NAME_MISMATCH', `is named ${written} when written, ${read} when read`);
}

function compareScalars(reader: AvroType, writer: AvroType, path: string, report: Report): void {
  if (reader.kind !== writer.kind && !PROMOTIONS[writer.kind]?.includes(reader.kind)) {
    report(path, 'TYPE_MISMATCH', `is written as ${writer.kind}, which cannot be read as ${reader.kind}`);
    return;
  }
  const [read, written] = [logicalOf(reader), logicalOf(writer)];
  const isNumber = reader.kind === 'float' || reader.kind === 'double';
  // To Avro they are the same bytes; to us a day and a number, or milliseconds and microseconds.
  if (read !== written && !isNumber)
    report(
      path,
      'LOGICAL_TYPE_MISMATCH',
      `is ${written ?? 'a number'} when written, ${read ?? 'a number'} when read`,
    );
}

const logicalOf = (type: AvroType): string | null => ('logical' in type ? type.logical : null);
