import { parse } from 'yaml';
import { z } from 'zod';
import { SetupError } from '@gondola/stream';
import { messageOf } from './avro-type.js';

const effect = z.enum(['sale', 'return', 'receipt', 'issue', 'adjustment', 'count', 'record', 'ignore']);
const field = z.string().min(1);
const columnType = z
  .string()
  .regex(/^decimal\(\d{1,2}, ?\d{1,2}\)$/, 'a column may be overridden with decimal(precision, scale) only');

const ruleSpec = z.strictObject({
  name: z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'a rule is named like aRule'),
  check: z.string().min(1),
  message: z.string().min(1),
  pointer: z.string().regex(/^(\/[^/]+)*$/, 'a JSON pointer starts with /'),
});

const shelf = z.strictObject({
  store: field,
  item: field,
  quantity: field,
  unitPrice: field.nullable().default(null),
  currency: field.nullable().default(null),
  category: field.nullable().default(null),
  kind: field.nullable().default(null),
  effects: z.record(z.string(), effect),
  ignoreWhen: z.record(z.string(), z.array(z.string()).min(1)).default({}),
});

const reference = z.strictObject({
  /** How the schema names it: an Avro type's full name, or what `$ref` says. */
  name: z.string().min(1),
  /** Folder in `schemas/types`. */
  subject: z.string().min(1),
  version: z.int().positive(),
});

const contractFile = z.strictObject({
  /** Who answers for the events. */
  owner: z.string().min(1),
  description: z.string().min(1),
  /** What a new version must keep; both kinds are checked against every version when contracts are read. */
  compatibility: z.enum(['BACKWARD_TRANSITIVE', 'FULL_TRANSITIVE']).default('BACKWARD_TRANSITIVE'),
  /** Version of the schema -> schemas of `schemas/types` that it names, each after those that it names itself. */
  references: z.record(z.string().regex(/^[1-9]\d*$/), z.array(reference).min(1)).default({}),
  /** CloudEvents types that mean this subject; each also with `.v<version>`. Default: the subject itself. */
  types: z.array(z.string().min(1)).min(1).optional(),
  /** Array field whose entries become one row each; null: one row for each event. */
  rows: field.nullable().default(null),
  /** Fields that make two events the same fact. Default: the event id. */
  identity: z.array(field).min(1).optional(),
  roles: z.strictObject({
    eventId: field,
    eventTime: field,
    /** Text fields of which the first that is given is the record's key. Default: the shelf's store, else the event id. */
    key: z.array(field).min(1).optional(),
  }),
  /** Column types other than the schema's, by field name. */
  columns: z.record(z.string(), columnType).default({}),
  /** drop: becomes null. token: becomes a keyed hash, the same for the same value. */
  personal: z.record(z.string(), z.enum(['drop', 'token'])).default({}),
  shelf: shelf.nullable().default(null),
  rules: z.array(ruleSpec).default([]),
  valueBytesMax: z.int().positive().default(1_048_576),
});

/** `contract.yaml`, with its defaults filled in. Names are the schema's field names. */
export type ContractFile = z.infer<typeof contractFile>;
export type RuleSpec = z.infer<typeof ruleSpec>;
export type ReferenceSpec = z.infer<typeof reference>;
export type Masking = 'drop' | 'token';

/** Reads the text of a `contract.yaml`. `where` names the file in errors (`contract_invalid`). */
export function parseContractFile(text: string, where: string): ContractFile {
  let yaml: unknown;
  try {
    yaml = parse(text);
  } catch (cause) {
    throw new SetupError('contract_invalid', `${where}: not YAML: ${messageOf(cause)}`, { cause });
  }
  const result = contractFile.safeParse(yaml);
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  throw new SetupError('contract_invalid', `${where}: ${issues.join('; ')}`, { cause: result.error });
}

/** The `references` of a `contract.yaml`, which its schemas cannot be read without. Throws like `parseContractFile`. */
export function referencesIn(text: string, where: string): ContractFile['references'] {
  return parseContractFile(text, where).references;
}
