import { SetupError } from '@gondola/stream';
import type { AvroRecord, AvroType, Slot } from './avro-type.js';
import type { RuleSpec } from './contract-file.js';
import { compileExpression, type Evaluate, type Lookup, type Value } from './expression.js';
import { Problem } from './problem.js';

/** Says why an event breaks a rule, or null. Never throws: a rule that cannot be computed is `rule_error`. */
export type Rule = (event: readonly Slot[]) => Problem | null;

interface Scope {
  event: readonly Slot[];
  /** The entry that `each` stands at. */
  entry: Slot;
}

export const EACH = /^\s*each\s+([A-Za-z_][A-Za-z0-9_]*)\s*:\s*/;

/**
 * Compiles a rule of a contract: an expression over the event's fields that must be true, or
 * `each <array>: <expression>`, which must be true for every entry. There, names are first those of the entry, then
 * those of the event; an entry that is not a record is called `value`. `*` in the pointer becomes the entry's number.
 */
export function compileRule(spec: RuleSpec, schema: AvroRecord, where: string): Rule {
  const each = EACH.exec(spec.check);
  const place = `${where}: rule ${spec.name}`;
  if (!each) {
    const check = compileExpression(spec.check, eventLookup(schema), place);
    const scope: Scope = { event: [], entry: null };
    return (event) => {
      scope.event = event;
      return judge(spec, check, scope, -1);
    };
  }
  const slot = schema.fields.findIndex(({ name }) => name === each[1]);
  const array = slot < 0 ? null : schema.fields[slot].type;
  if (array?.kind !== 'array')
    throw new SetupError('contract_invalid', `${place}: there is no array ${each[1]}`);
  const check = compileExpression(spec.check.slice(each[0].length), entryLookup(array.items, schema), place);
  return (event) => {
    const entries = event[slot] as readonly Slot[];
    const scope: Scope = { event, entry: null };
    for (let index = 0; index < entries.length; index++) {
      scope.entry = entries[index];
      const problem = judge(spec, check, scope, index);
      if (problem) return problem;
    }
    return null;
  };
}

function judge(spec: RuleSpec, check: Evaluate<Scope>, scope: Scope, index: number): Problem | null {
  let verdict: Value;
  try {
    verdict = check(scope);
  } catch (error) {
    return problemOf(
      spec,
      'rule_error',
      index,
      error instanceof TypeError ? error.message : 'cannot be computed',
    );
  }
  if (verdict === true) return null;
  if (verdict === false) return problemOf(spec, 'rule_broken', index, spec.message);
  return problemOf(spec, 'rule_error', index, 'true or false expected');
}

function problemOf(
  spec: RuleSpec,
  reason: 'rule_broken' | 'rule_error',
  index: number,
  message: string,
): Problem {
  const pointer = index < 0 ? spec.pointer : spec.pointer.replace('*', String(index));
  return new Problem(reason, pointer, `${spec.name}: ${message}`);
}

function eventLookup(schema: AvroRecord): Lookup<Scope> {
  return (name) => pathOf(schema, name.split('.'), (scope) => scope.event);
}

function entryLookup(items: AvroType, schema: AvroRecord): Lookup<Scope> {
  const outer = eventLookup(schema);
  const entry = (scope: Scope) => scope.entry;
  if (items.kind !== 'record') return (name) => (name === 'value' ? valueOf(items, entry) : outer(name));
  return (name) => pathOf(items, name.split('.'), entry) ?? outer(name);
}

/** Follows a path through records; a null on the way makes the whole null. */
function pathOf(
  record: AvroRecord,
  path: readonly string[],
  get: (scope: Scope) => Slot,
): Evaluate<Scope> | null {
  const slot = record.fields.findIndex(({ name }) => name === path[0]);
  if (slot < 0) return null;
  const { type } = record.fields[slot];
  const step = (scope: Scope): Slot => {
    const owner = get(scope);
    return owner === null ? null : (owner as readonly Slot[])[slot];
  };
  if (path.length === 1) return valueOf(type, step);
  const inner = type.kind === 'nullable' ? type.of : type;
  return inner.kind === 'record' ? pathOf(inner, path.slice(1), step) : null;
}

function valueOf(type: AvroType, get: (scope: Scope) => Slot): Evaluate<Scope> | null {
  const inner = type.kind === 'nullable' ? type.of : type;
  // What is only known as JSON text has no fields, and no value to compute with.
  if (inner.kind === 'record' || inner.kind === 'union' || inner.kind === 'json') return null;
  if (inner.kind !== 'array') return get as Evaluate<Scope>;
  return (scope) => {
    const entries = get(scope);
    return entries === null ? null : { size: (entries as readonly Slot[]).length };
  };
}
