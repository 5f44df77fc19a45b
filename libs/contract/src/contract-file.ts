import { parse } from 'yaml';
import { z } from 'zod';
import { SetupError } from '@gondola/stream';
import { messageOf } from './avro-type.js';
import { COMPATIBILITY_MODES } from './compatibility.js';
import { expectationSpec } from './expectation-file.js';
import { SIGHT_EFFECTS } from '@gondola/events';

const effect = z.enum([
  ...(['sale', 'return', 'receipt', 'issue', 'adjustment', 'count', 'record', 'ignore'] as const),
  ...(['ordered', 'shipped', 'order_done', 'order_cancelled'] as const),
  ...(['seen_full', 'seen_empty', 'seen_filled'] as const),
  ...SIGHT_EFFECTS,
]);
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
  /** Units. Left out where no effect moves stock. */
  quantity: field.nullable().default(null),
  unitPrice: field.nullable().default(null),
  currency: field.nullable().default(null),
  category: field.nullable().default(null),
  document: field.nullable().default(null),
  due: field.nullable().default(null),
  till: field.nullable().default(null),
  kind: field.nullable().default(null),
  effects: z.record(z.string(), effect),
  ignoreWhen: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  /** Effect -> field -> values of which one must stand there, else the row is ignored. */
  onlyWhen: z.partialRecord(effect, z.record(z.string(), z.array(z.string()).min(1))).default({}),
  /** Visit or order: a shelf hears each once an hour. */
  session: field.nullable().default(null),
});

const reference = z.strictObject({
  /** How the schema names it: an Avro type's full name, or what `$ref` says. */
  name: z.string().min(1),
  /** Folder in `schemas/types`. */
  subject: z.string().min(1),
  version: z.int().positive(),
});

/** What the owner promises producers and analysts. Documented facts: nothing here is measured. */
const serviceLevel = z.strictObject({
  /** From the event to its row in silver. */
  freshnessMinutes: z.number().positive().optional(),
  /** Share of what happened that arrives, of a day. */
  completenessPercent: z.number().positive().max(100).optional(),
  /** Share of a month in which events can be sent and read. */
  availabilityPercent: z.number().positive().max(100).optional(),
  /** Where and when the owner answers. */
  support: z.string().min(1).optional(),
});

/**
 * drop: becomes null. token: a keyed hash, the same for the same value. truncate: at most the first N characters and never all
 * of them; of an IP address its network. generalise: the begin of the hour, day, month or year, the foot of a bucket of numbers.
 */
const masking = z.union(
  [
    z.enum(['drop', 'token']),
    z.strictObject({ truncate: z.union([z.int().min(1).max(1000), z.literal('ip')]) }),
    z.strictObject({
      generalise: z.union([z.enum(['hour', 'day', 'month', 'year']), z.number().positive().max(1e15)]),
    }),
  ],
  {
    error:
      'drop, token, { truncate: 3 } characters, { truncate: ip }, ' +
      '{ generalise: hour | day | month | year } or { generalise: 10 } expected',
  },
);

const contractFile = z.strictObject({
  /** Who answers for the events. */
  owner: z.string().min(1),
  description: z.string().min(1),
  /** Words to find and group contracts by. */
  tags: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/, 'a tag is named like a-tag')).default([]),
  serviceLevel: serviceLevel.nullable().default(null),
  /**
   * What a new version must keep; checked when contracts are read. Versions that a mode without TRANSITIVE leaves behind
   * cannot be read any more: their records go to quarantine.
   */
  compatibility: z.enum(COMPATIBILITY_MODES).default('BACKWARD_TRANSITIVE'),
  /**
   * A version of a subject of the registry that the configuration names (`group/subject` where a registry has groups), in the
   * place of files `v<N>.avsc`: what silver and JSON follow. Avro that names another version is read into it.
   */
  schema: z.strictObject({ subject: z.string().min(1), version: z.int().positive() }).optional(),
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
  /** Text fields whose names look personal, e.g. `name`, and that nevertheless say nothing of a person. */
  notPersonal: z.array(field).default([]),
  /** How fields that may say who somebody is are masked before silver. */
  personal: z.record(z.string(), masking).default({}),
  shelf: shelf.nullable().default(null),
  rules: z.array(ruleSpec).default([]),
  /** How good its events should be. */
  expectations: z.array(expectationSpec).default([]),
  valueBytesMax: z.int().positive().default(1_048_576),
});

/** `contract.yaml`, with its defaults filled in. Names are the schema's field names. */
export type ContractFile = z.infer<typeof contractFile>;
export type ReferenceSpec = z.infer<typeof reference>;
export type RuleSpec = z.infer<typeof ruleSpec>;
export type Masking = z.infer<typeof masking>;

/** JSON Schema of `contract.yaml` as people write it, for editors: `schemas/contract.schema.json`. */
export function contractFileSchema(): object {
  return { ...z.toJSONSchema(contractFile, { io: 'input' }), title: 'contract.yaml of Góndola' };
}

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
  const issues = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${[...issue.path, issue.keys.join(', ')].join('.')}: no such field`
      : `${issue.path.join('.') || 'the file'}: ${issue.message}`,
  );
  throw new SetupError('contract_invalid', `${where}: ${issues.join('; ')}`, { cause: result.error });
}
