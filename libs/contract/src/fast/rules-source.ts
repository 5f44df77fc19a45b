import type { RuleSpec } from '../contract-file.js';
import { parseExpression } from '../expression-parser.js';
import { EACH } from '../rule.js';
import { Unsupported, type Constants } from './constants.js';
import type { FastField } from './field.js';
import type { FastShape } from './shape.js';
import { ruleSource } from './rule-source.js';

export interface RulesSource {
  readonly declarations: string;
  /** What an entry leaves behind for the rules. */
  readonly entryEnd: string;
  /** Gives up where a rule is not true. */
  readonly source: string;
  /** Fields that the rules look at. */
  readonly examined: ReadonlySet<FastField>;
}

/** Numbers of the entries of one event, for rules: columns hold them in other units. */
class EntryNumbers {
  values = new Float64Array(64);

  grow(): Float64Array {
    const larger = new Float64Array(2 * this.values.length);
    larger.set(this.values);
    this.values = larger;
    return larger;
  }
}

/**
 * The rules of a contract over a reader's variables. Those of `each` run once the whole event is read, because they may
 * look at fields of the event that come after its entries: the entries are then taken back from the columns.
 */
export function rulesSource(shape: FastShape, constants: Constants): RulesSource {
  const examined = new Set<FastField>();
  const see = (field: FastField) => {
    examined.add(field);
    return field;
  };
  const ofEvent = (name: string) => {
    const slot = shape.event.findIndex((field) => field.name === name);
    if (slot < 0) return null;
    return slot === shape.rowsSlot ? { count: '(r - first)' } : see(shape.event[slot]);
  };
  const ofEntry = (name: string) => {
    const field = shape.entry?.find((candidate) => candidate.name === name);
    return field ? see(field) : ofEvent(name);
  };
  const test = ({ check }: RuleSpec, lookup: typeof ofEntry) => {
    const expression = parseExpression(check.replace(EACH, ''), '');
    return `if (!${ruleSource(expression, lookup, constants)} || bad) return false;\n`;
  };
  const [each, once] = [shape.rules.filter(isEach), shape.rules.filter((rule) => !isEach(rule))];
  for (const { check } of each)
    if (EACH.exec(check)?.[1] !== shape.event[shape.rowsSlot]?.name) throw new Unsupported();
  const tests = once.map((rule) => test(rule, ofEvent)).join('');
  const entryTests = each.map((rule) => test(rule, ofEntry)).join('');
  const used = (shape.entry ?? []).filter((field) => examined.has(field));
  const numbers = used.filter(({ kind }) => kind === 'number' || kind === 'flag');
  const kept = numbers.map(({ id }) => ({ id, name: constants.add(new EntryNumbers()) }));
  return {
    declarations: kept.map(({ id, name }) => `let w_${id} = ${name}.values;\n`).join(''),
    entryEnd: kept.map(({ id, name }) => keepSource(id, name)).join(''),
    source:
      tests +
      (entryTests === ''
        ? ''
        : `for (let row = first; row < r; row++) {\n${used.map(loadSource).join('')}${entryTests}}`),
    examined,
  };
}

function isEach({ check }: RuleSpec): boolean {
  return EACH.test(check);
}

function keepSource(id: string, name: string): string {
  return `if (r - first === w_${id}.length) w_${id} = ${name}.grow();\nw_${id}[r - first] = n_${id};\n`;
}

function loadSource({ id, kind, isNullable }: FastField): string {
  if (kind === 'text') return `s_${id} = a_${id}[row]; z_${id} = b_${id}[row];\n`;
  if (kind === 'symbol') return `i_${id} = a_${id}[row];\n`;
  return `n_${id} = w_${id}[row - first];${isNullable ? ` x_${id} = b_${id}[row];` : ''}\n`;
}
