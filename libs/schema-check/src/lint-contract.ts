import { schemaFileOf, walkFields, type AvroType, type Contract, type PlacedField } from '@gondola/contract';
import { warning, type Finding } from './finding.js';

const FIELD = /^[a-z][A-Za-z0-9]*$/;
const RECORD = /^[A-Z][A-Za-z0-9]*$/;

/** Words of a field's name that speak of a person. */
const PERSONAL_WORDS = new Set(
  (
    'address birth birthday buyer card cashier client contact customer email employee guest iban ip loyalty mail member mobile ' +
    'name operator passport person phone ssn surname user'
  ).split(' '),
);

/** What a contract says of its fields: names, meanings, personal data, the fields that its rules point to. */
export function lintContract(contract: Contract): readonly Finding[] {
  const fields = [...walkFields(contract.schema)];
  // The words of a schema in a registry elsewhere are its producer's.
  const words = contract.file.schema ? [] : lintWords(contract, fields);
  return [...words, ...lintPersonal(contract, fields), ...lintRules(contract, fields)];
}

function lintWords(contract: Contract, fields: readonly PlacedField[]): readonly Finding[] {
  const newest = contract.versions[contract.versions.length - 1];
  const schemaFile = `${contract.subject}/${schemaFileOf(newest)}`;
  const findings: Finding[] = [];
  if (!RECORD.test(contract.schema.name))
    findings.push(
      warning('record_name', schemaFile, '', `${contract.schema.name}: records are named like SaleLine`),
    );
  for (const field of fields) {
    if (!FIELD.test(field.path.at(-1) ?? ''))
      findings.push(warning('field_name', schemaFile, field.pointer, 'fields are named like unitPrice'));
    if (!field.doc?.trim())
      findings.push(
        warning('field_doc', schemaFile, field.pointer, 'has no doc: say what it means and in which unit'),
      );
  }
  return findings;
}

function lintPersonal({ subject, file }: Contract, fields: readonly PlacedField[]): readonly Finding[] {
  const path = `${subject}/contract.yaml`;
  const names = new Set(fields.flatMap((field) => field.path));
  const decided = new Set([...Object.keys(file.personal), ...file.notPersonal]);
  const odd = file.notPersonal
    .filter((name) => !names.has(name))
    .map((name) =>
      warning('personal_unknown', path, `notPersonal.${name}`, 'there is no such field: remove it'),
    );
  const undecided = fields
    .filter(
      ({ path: steps, type }) => soundsPersonal(steps, type) && !steps.some((step) => decided.has(step)),
    )
    .map(({ pointer }) =>
      warning(
        'personal_undecided',
        path,
        pointer,
        'sounds personal and goes to silver as it is: name it under personal (drop or token), or under notPersonal',
      ),
    );
  return [...odd, ...undecided];
}

function soundsPersonal(path: readonly string[], type: AvroType): boolean {
  if (!tellsSomebody(type)) return false;
  const words = (path.at(-1) ?? '').split(/(?=[A-Z])|_/).map((word) => word.toLowerCase());
  return words.some((word) => PERSONAL_WORDS.has(word));
}

/** Whether its values may be words or numbers of a person. */
function tellsSomebody(type: AvroType): boolean {
  switch (type.kind) {
    case 'nullable':
      return tellsSomebody(type.of);
    case 'union':
      return type.branches.some(tellsSomebody);
    case 'array':
      return type.items.kind === 'string';
    case 'int':
    case 'long':
      return type.logical === null;
    default:
      return type.kind === 'string' || type.kind === 'json';
  }
}

function lintRules({ subject, file }: Contract, fields: readonly PlacedField[]): readonly Finding[] {
  const pointers = new Set(fields.flatMap(({ pointer }) => [pointer, `${pointer}/*`]));
  return file.rules
    .filter(({ pointer }) => pointer !== '' && !pointers.has(pointer))
    .map(({ name, pointer }) =>
      warning(
        'rule_pointer',
        `${subject}/contract.yaml`,
        `rules.${name}`,
        `${pointer} is no field: producers would look for it in vain`,
      ),
    );
}
