import { SetupError } from '@gondola/stream';
import { parseExpression, type CompareSign, type Expression } from './expression-parser.js';

/** What an expression may compute with. */
export type Value = string | number | boolean | null | { readonly size: number };

/** Computes a compiled expression for one event. Throws when the operands make no sense: rules fail closed. */
export type Evaluate<Scope> = (scope: Scope) => Value;

/** How names in an expression are found; null when there is no such name. */
export type Lookup<Scope> = (name: string) => Evaluate<Scope> | null;

/**
 * Compiles a rule's expression (grammar: expression-parser.ts) to closures; contract authors can compute, never run code
 * of their own. `<` and its like compare two numbers or two texts; with null they throw, so say
 * `price == null || price >= 0`. Throws `contract_invalid`, naming the place in the expression.
 */
export function compileExpression<Scope>(
  text: string,
  lookup: Lookup<Scope>,
  where: string,
): Evaluate<Scope> {
  return compile(parseExpression(text, where), (name) => {
    const field = lookup(name);
    if (!field) throw new SetupError('contract_invalid', `${where}: there is no field ${name}`);
    return field;
  });
}

type Compare = (left: Value, right: Value) => boolean;

const COMPARE: Readonly<Record<CompareSign, Compare>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => order(left, right) < 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>': (left, right) => order(left, right) > 0,
  '>=': (left, right) => order(left, right) >= 0,
};

const COMPUTE: Readonly<Record<'+' | '-' | '*' | '/', (left: Value, right: Value) => number>> = {
  '+': (left, right) => number(left) + number(right),
  '-': (left, right) => number(left) - number(right),
  '*': (left, right) => number(left) * number(right),
  '/': (left, right) => number(number(left) / number(right)),
};

function compile<Scope>(expression: Expression, lookup: (name: string) => Evaluate<Scope>): Evaluate<Scope> {
  const one = (of: Expression) => compile(of, lookup);
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'field':
      return lookup(expression.name);
    case 'or': {
      const [first, second] = [one(expression.left), one(expression.right)];
      return (scope) => truth(first(scope)) || truth(second(scope));
    }
    case 'and': {
      const [first, second] = [one(expression.left), one(expression.right)];
      return (scope) => truth(first(scope)) && truth(second(scope));
    }
    case 'compare': {
      const [left, right, compare] = [one(expression.left), one(expression.right), COMPARE[expression.sign]];
      return (scope) => compare(left(scope), right(scope));
    }
    case 'compute': {
      const [left, right, compute] = [one(expression.left), one(expression.right), COMPUTE[expression.sign]];
      return (scope) => compute(left(scope), right(scope));
    }
    default:
      return compileUnary(expression, one(expression.of));
  }
}

function compileUnary<Scope>(
  expression: Extract<Expression, { readonly of: Expression }>,
  inner: Evaluate<Scope>,
): Evaluate<Scope> {
  switch (expression.kind) {
    case 'not':
      return (scope) => !truth(inner(scope));
    case 'negative':
      return (scope) => -number(inner(scope));
    case 'abs':
      return (scope) => Math.abs(number(inner(scope)));
    case 'length':
      return (scope) => sizeOf(inner(scope));
    case 'in': {
      const values: ReadonlySet<Value> = expression.values;
      return (scope) => values.has(inner(scope));
    }
  }
}

function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError('true or false expected');
}

function number(value: Value): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('finite number expected');
}

function order(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  return number(left) - number(right);
}

function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'object' && value !== null) return value.size;
  throw new TypeError('text, array or map expected');
}
