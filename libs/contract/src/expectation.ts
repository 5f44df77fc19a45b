import { SetupError } from '@gondola/stream';
import type { Bounds, Expectation, IdentityColumns } from '@gondola/events';
import type { AvroRecord } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import type { ContractFile } from './contract-file.js';
import type { ExpectationSpec } from './expectation-file.js';
import { identityColumnsOf } from './identity-columns.js';

/** What an expectation holds against each row. `column`: its place among the columns of the contract. */
export type ExpectationTest =
  | { readonly kind: 'completeness'; readonly column: number }
  | { readonly kind: 'freshness'; readonly withinMs: number }
  | { readonly kind: 'volume' }
  /** Null: of the events themselves, which is dedupe's to tell. */
  | { readonly kind: 'uniqueness'; readonly identity: IdentityColumns | null; readonly windowMs: number }
  /** `least` and `most` in the units of the column. */
  | { readonly kind: 'range'; readonly column: number; readonly least: number; readonly most: number }
  | { readonly kind: 'reference'; readonly column: number; readonly subject: string };

/** An expectation of a contract, bound to its columns. */
export interface ContractExpectation extends Expectation {
  readonly test: ExpectationTest;
  /** The field is one of the entries that make the rows. */
  readonly perRow: boolean;
  /** Of the field, `*` for the number of the entry; '' for the whole event. */
  readonly pointer: string;
}

export interface ExpectationScope {
  readonly subject: string;
  readonly schema: AvroRecord;
  readonly file: ContractFile;
  readonly plans: readonly ColumnPlan[];
  readonly where: string;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const UNIQUE_HOURS = 24;
/** Columns hold multiples of their least unit: a bound that is one may not miss it by a rounding. */
const ROUNDING = 1e-6;
const NO_BOUNDS: Bounds = { min: null, max: null };

/**
 * What the contract expects in an environment. Made for all that it names when the contract is read: throws
 * `contract_invalid`, naming the expectation and its part.
 */
export function expectationsIn(scope: ExpectationScope, environment: string): readonly ContractExpectation[] {
  return scope.file.expectations.map((spec) => bind(scope, spec, environment));
}

/** Every environment that an expectation knows of, and '' for all others. */
export function environmentsOf({ expectations }: ContractFile): ReadonlySet<string> {
  return new Set(['', ...expectations.flatMap(({ environments }) => Object.keys(environments))]);
}

function bind(scope: ExpectationScope, given: ExpectationSpec, environment: string): ContractExpectation {
  const { file, where } = scope;
  const spec: ExpectationSpec = { ...given, ...given.environments[environment] } as ExpectationSpec;
  const place = Object.hasOwn(given.environments, environment) ? `environments.${environment}.` : '';
  const refuse: Refuse = (part, why) =>
    new SetupError('contract_invalid', `${where}: expectation ${given.name}: ${place}${part}: ${why}`);
  if (file.expectations.filter(({ name }) => name === given.name).length > 1)
    throw refuse('name', 'there is another one of that name');
  requireAction(spec, refuse);
  const { name, kind, action, atLeast, weight, checkedMin } = spec;
  const plan = 'field' in spec ? planOf(scope, spec.field, refuse) : null;
  const test = testOf(scope, spec, plan, refuse);
  return {
    name,
    kind,
    action,
    atLeast,
    weight,
    checkedMin,
    perHour: (spec.kind === 'volume' && spec.perHour) || NO_BOUNDS,
    ofUsual: (spec.kind === 'volume' && spec.ofUsual) || NO_BOUNDS,
    countsDuplicates: test.kind === 'uniqueness' && test.identity === null,
    test,
    perRow: plan?.perRow ?? false,
    pointer: plan?.pointer ?? '',
  };
}

type Refuse = (part: string, why: string) => SetupError;

/**
 * Who reads bronze again must come to the same answer: only what a record says of itself can keep it out of silver. And a
 * service that has too little to do would not have more of it by stopping.
 */
function requireAction(spec: ExpectationSpec, refuse: Refuse): void {
  const isOfRecord = spec.kind === 'completeness' || spec.kind === 'range';
  if (spec.action === 'quarantine' && !isOfRecord)
    throw refuse(
      'action',
      `${spec.kind} cannot quarantine, because a record judged again could have another answer; completeness and range can`,
    );
  if (spec.action === 'fail' && spec.kind === 'volume' && (spec.perHour?.max ?? null) === null)
    throw refuse('action', 'volume can only stop a service by perHour.max');
}

function planOf({ plans }: ExpectationScope, field: string, refuse: Refuse): ColumnPlan {
  const plan = plans.find((one) => one.field === field);
  if (plan) return plan;
  throw refuse('field', `there is no column for ${field}`);
}

function testOf(
  scope: ExpectationScope,
  spec: ExpectationSpec,
  plan: ColumnPlan | null,
  refuse: Refuse,
): ExpectationTest {
  const column = plan ? scope.plans.indexOf(plan) : -1;
  switch (spec.kind) {
    case 'completeness':
      return { kind: spec.kind, column };
    case 'freshness':
      return { kind: spec.kind, withinMs: spec.withinMinutes * MINUTE_MS };
    case 'volume': {
      const { perHour = NO_BOUNDS, ofUsual = NO_BOUNDS } = spec;
      if ([perHour, ofUsual].every(({ min, max }) => min === null && max === null))
        throw refuse('perHour', 'min or max expected, here or in ofUsual');
      for (const [part, { min, max }] of Object.entries({ perHour, ofUsual }))
        if ((min ?? 0) > (max ?? Infinity)) throw refuse(part, 'min is more than max');
      return { kind: spec.kind };
    }
    case 'uniqueness':
      return {
        kind: spec.kind,
        identity: spec.fields ? uniqueColumns(scope, spec.fields, refuse) : null,
        windowMs: (spec.withinHours ?? UNIQUE_HOURS) * HOUR_MS,
      };
    case 'range':
      return { kind: spec.kind, column, ...rangeOf(spec, plan, refuse) };
    case 'reference':
      if (plan?.spec.type.kind !== 'string' || plan.toText)
        throw refuse('field', `${spec.field} must be a text field`);
      return { kind: spec.kind, column, subject: spec.subject };
  }
}

function rangeOf(
  {
    field,
    min = -Infinity,
    max = Infinity,
  }: { field: string; min?: number | undefined; max?: number | undefined },
  plan: ColumnPlan | null,
  refuse: Refuse,
): { least: number; most: number } {
  const type = plan?.spec.type;
  if (!type || !['int32', 'int64', 'float64', 'decimal'].includes(type.kind))
    throw refuse('field', `${field} must be a number`);
  if (min === -Infinity && max === Infinity) throw refuse('min', 'min or max expected');
  if (min > max) throw refuse('min', 'is more than max');
  if (type.kind !== 'decimal') return { least: min, most: max };
  const units = 10 ** type.scale;
  return { least: Math.ceil(min * units - ROUNDING), most: Math.floor(max * units + ROUNDING) };
}

/** As columns of silver, because what came before a restart is read from there. */
function uniqueColumns(
  { subject, schema, file, plans }: ExpectationScope,
  fields: readonly string[],
  refuse: Refuse,
): IdentityColumns {
  for (const name of fields) {
    const type = schema.fields.find((one) => one.name === name)?.type;
    const isTime = type?.kind === 'long' && type.logical !== null;
    if (!type || isTime || !['string', 'enum', 'int', 'long', 'boolean'].includes(type.kind))
      throw refuse(
        'fields',
        `${name} must be a field of the event that is always given, text or a whole number`,
      );
    if (Object.hasOwn(file.personal, name))
      throw refuse('fields', `${name} is personal: silver does not have it as it came`);
  }
  return identityColumnsOf(subject, schema, { ...file, identity: [...fields] }, plans);
}
