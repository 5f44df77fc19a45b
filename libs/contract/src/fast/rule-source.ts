import type { CompareSign, Expression, Literal } from '../expression-parser.js';
import { Unsupported, type Constants } from './constants.js';
import { numberSource, symbolsOf, type FastField } from './field.js';

/**
 * A value in generated code. `isNull` is an expression, null where the value cannot be null; the others count only
 * where it is false.
 */
type Operand =
  | { readonly kind: 'null' }
  | {
      readonly kind: 'number';
      readonly source: string;
      readonly isNull: string | null;
      /** Computed: it may have become infinite. */
      readonly isComputed: boolean;
    }
  | { readonly kind: 'flag'; readonly source: string; readonly isNull: string | null }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'symbol'; readonly field: FastField }
  | { readonly kind: 'slice'; readonly field: FastField }
  | { readonly kind: 'count'; readonly source: string };

type Lookup = (name: string) => FastField | { readonly count: string } | null;

/**
 * A rule's expression as an expression in JavaScript over a reader's variables. It sets `bad` where the rule cannot be
 * computed; then, and where it is not true, the reader gives up. Throws `Unsupported` for what is not worth it.
 */
export function ruleSource(expression: Expression, lookup: Lookup, constants: Constants): string {
  return new RuleWriter(lookup, constants).truth(expression);
}

/** Longer rules are left to the interpreter: nested source must not exhaust the stack of JavaScript's own parser. */
const OPERANDS_MAX = 200;

class RuleWriter {
  private operands = 0;

  constructor(
    private readonly lookup: Lookup,
    private readonly constants: Constants,
  ) {}

  truth(expression: Expression): string {
    const operand = this.operand(expression);
    if (operand.kind !== 'flag') throw new Unsupported();
    return operand.isNull ? `(${operand.isNull} ? (bad = true) : ${operand.source})` : operand.source;
  }

  private operand(expression: Expression): Operand {
    if (++this.operands > OPERANDS_MAX) throw new Unsupported();
    switch (expression.kind) {
      case 'literal':
        return literalOperand(expression.value);
      case 'field':
        return this.field(expression.name);
      case 'or':
        return flag(`(${this.truth(expression.left)} || ${this.truth(expression.right)})`);
      case 'and':
        return flag(`(${this.truth(expression.left)} && ${this.truth(expression.right)})`);
      case 'not':
        return flag(`!${this.truth(expression.of)}`);
      case 'negative':
        return computed(`(-${this.number(expression.of)})`);
      case 'abs':
        return computed(`Math.abs(${this.number(expression.of)})`);
      case 'compute': {
        const value = `(${this.number(expression.left)} ${expression.sign} ${this.number(expression.right)})`;
        return computed(expression.sign === '/' ? finite(value) : value);
      }
      case 'length':
        return computed(this.length(this.operand(expression.of)));
      case 'in': {
        const of = this.operand(expression.of);
        const tests = [...expression.values].map((value) => this.equal(of, literalOperand(value)));
        return flag(`(${tests.join(' || ')})`);
      }
      case 'compare':
        return this.compare(expression.sign, this.operand(expression.left), this.operand(expression.right));
    }
  }

  private field(name: string): Operand {
    const field = this.lookup(name);
    if (!field) throw new Unsupported();
    if ('count' in field) return { kind: 'count', source: field.count };
    const { id, kind, isNullable } = field;
    const isNull = isNullable ? `x_${id} === 1` : null;
    if (kind === 'number') return { kind: 'number', source: `n_${id}`, isNull, isComputed: false };
    if (kind === 'flag') return { kind: 'flag', source: `(n_${id} === 1)`, isNull };
    if (kind === 'composite') throw new Unsupported();
    return { kind: kind === 'text' ? 'slice' : 'symbol', field };
  }

  private compare(sign: CompareSign, left: Operand, right: Operand): Operand {
    if (sign === '==') return flag(this.equal(left, right));
    if (sign === '!=') return flag(`!${this.equal(left, right)}`);
    if (left.kind === 'number' && right.kind === 'number')
      return flag(`(${this.finiteNumber(left)} ${sign} ${this.finiteNumber(right)})`);
    const isNull = `${nullSource(left)} || ${nullSource(right)}`;
    return flag(`(${isNull} ? (bad = true) : ${this.text(left)} ${sign} ${this.text(right)})`);
  }

  /** `===` of the interpreter's values. */
  private equal(left: Operand, right: Operand): string {
    if (left.kind === 'count' || right.kind === 'count') throw new Unsupported();
    const areNull = `${nullSource(left)} && ${nullSource(right)}`;
    const areGiven = `!(${nullSource(left)}) && !(${nullSource(right)})`;
    const isText = (operand: Operand) => ['slice', 'symbol', 'literal'].includes(operand.kind);
    let same = 'false';
    if (left.kind === 'number' && right.kind === 'number') same = `${left.source} === ${right.source}`;
    else if (left.kind === 'flag' && right.kind === 'flag') same = `${left.source} === ${right.source}`;
    else if (isText(left) && isText(right)) same = this.equalTexts(left, right);
    return `(${areNull} || ${areGiven} && ${same})`;
  }

  private equalTexts(left: Operand, right: Operand): string {
    const { isEqualWithin } = this.constants.helpers;
    if (right.kind === 'slice' && left.kind !== 'slice') return this.equalTexts(right, left);
    if (left.kind === 'symbol' && right.kind === 'literal')
      return `i_${left.field.id} === ${symbolsOf(left.field).indexOf(right.text)}`;
    if (left.kind !== 'slice') return `${this.text(left)} === ${this.text(right)}`;
    const slice = `bytes, s_${left.field.id}, z_${left.field.id}`;
    if (right.kind === 'slice')
      return `${isEqualWithin}(${slice}, bytes, s_${right.field.id}, z_${right.field.id})`;
    if (right.kind === 'symbol') return `${this.text(left)} === ${this.text(right)}`;
    if (right.kind !== 'literal') throw new Unsupported();
    const bytes = Buffer.from(right.text);
    return `${isEqualWithin}(${slice}, ${this.constants.add(bytes)}, 0, ${bytes.length})`;
  }

  private text(operand: Operand): string {
    switch (operand.kind) {
      case 'literal':
        return this.constants.add(operand.text);
      case 'symbol':
        return `${this.constants.add(symbolsOf(operand.field))}[i_${operand.field.id}]`;
      case 'slice':
        return `${this.constants.helpers.textWithin}(bytes, s_${operand.field.id}, z_${operand.field.id})`;
      default:
        throw new Unsupported();
    }
  }

  private number(expression: Expression): string {
    const operand = this.operand(expression);
    if (operand.kind !== 'number') throw new Unsupported();
    return this.finiteNumber(operand);
  }

  private finiteNumber({ source, isNull, isComputed }: Operand & { readonly kind: 'number' }): string {
    if (isComputed) return finite(source);
    return isNull ? `(${isNull} ? +(bad = true) : ${source})` : source;
  }

  private length(operand: Operand): string {
    const ofText = (isNull: string, length: string) => `(${isNull} ? +(bad = true) : ${length})`;
    switch (operand.kind) {
      case 'count':
        return operand.source;
      case 'slice': {
        const { id, isNullable } = operand.field;
        const length = `${this.constants.helpers.lengthOfUtf8}(bytes, s_${id}, s_${id} + z_${id})`;
        return isNullable ? ofText(`z_${id} < 0`, length) : length;
      }
      case 'symbol': {
        const lengths = this.constants.add(symbolsOf(operand.field).map(({ length }) => length));
        return ofText(`i_${operand.field.id} < 0`, `${lengths}[i_${operand.field.id}]`);
      }
      default:
        throw new Unsupported();
    }
  }
}

const flag = (source: string): Operand => ({ kind: 'flag', source, isNull: null });
const computed = (source: string): Operand => ({ kind: 'number', source, isNull: null, isComputed: true });
const finite = (source: string) => `((u = ${source}) - u === 0 ? u : +(bad = true))`;

function literalOperand(value: Literal): Operand {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'string') return { kind: 'literal', text: value };
  if (typeof value === 'boolean') return { kind: 'flag', source: String(value), isNull: null };
  if (!Number.isFinite(value)) throw new Unsupported();
  return { kind: 'number', source: `(${numberSource(value)})`, isNull: null, isComputed: false };
}

function nullSource(operand: Operand): string {
  switch (operand.kind) {
    case 'null':
      return 'true';
    case 'number':
    case 'flag':
      return operand.isNull ?? 'false';
    case 'symbol':
      return operand.field.isNullable ? `i_${operand.field.id} < 0` : 'false';
    case 'slice':
      return operand.field.isNullable ? `z_${operand.field.id} < 0` : 'false';
    default:
      return 'false';
  }
}
