import { SetupError } from '@gondola/stream';
import { tokenize, type Token } from './expression-tokens.js';

/** What an expression may compute with. */
export type Value = string | number | boolean | null | { readonly size: number };

/** Computes a compiled expression for one event. Throws when the operands make no sense: rules fail closed. */
export type Evaluate<Scope> = (scope: Scope) => Value;

/** How names in an expression are found; null when there is no such name. */
export type Lookup<Scope> = (name: string) => Evaluate<Scope> | null;

/**
 * Compiles a rule's expression to closures; contract authors can compute, never run code of their own.
 *
 *     or:      and ('||' and)*                and:   not ('&&' not)*
 *     not:     '!' not | compare              sum:   product (('+' | '-') product)*
 *     compare: sum (('==' | '!=' | '<' | '<=' | '>' | '>=') sum | 'in' '[' literal, ... ']')?
 *     product: unary (('*' | '/') unary)*     unary: '-' unary | primary
 *     primary: number | 'text' | true | false | null | field | abs(or) | length(or) | '(' or ')'
 *
 * `<` and its like compare two numbers or two texts; with null they throw, so say `price == null || price >= 0`.
 * Throws `contract_invalid`, naming the place in the expression.
 */
export function compileExpression<Scope>(
  text: string,
  lookup: Lookup<Scope>,
  where: string,
): Evaluate<Scope> {
  return new Parser(text, lookup, where).parse();
}

type Compare = (left: Value, right: Value) => boolean;

const COMPARE: Readonly<Record<string, Compare>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => order(left, right) < 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>': (left, right) => order(left, right) > 0,
  '>=': (left, right) => order(left, right) >= 0,
};

/** Rules may nest brackets and signs only so deep, so that no file can exhaust the stack. */
const DEPTH_MAX = 64;

class Parser<Scope> {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(
    text: string,
    private readonly lookup: Lookup<Scope>,
    private readonly where: string,
  ) {
    this.tokens = tokenize(text, (why) => this.error(why));
  }

  parse(): Evaluate<Scope> {
    const whole = this.or();
    if (this.peek().kind !== 'end') throw this.unexpected();
    return whole;
  }

  private or(): Evaluate<Scope> {
    if (++this.depth > DEPTH_MAX) throw this.error('nested too deeply');
    let left = this.and();
    while (this.take('||')) {
      const [first, second] = [left, this.and()];
      left = (scope) => truth(first(scope)) || truth(second(scope));
    }
    this.depth--;
    return left;
  }

  private and(): Evaluate<Scope> {
    let left = this.not();
    while (this.take('&&')) {
      const [first, second] = [left, this.not()];
      left = (scope) => truth(first(scope)) && truth(second(scope));
    }
    return left;
  }

  private not(): Evaluate<Scope> {
    let negated = false;
    while (this.take('!')) negated = !negated;
    const inner = this.compare();
    return negated ? (scope) => !truth(inner(scope)) : inner;
  }

  private compare(): Evaluate<Scope> {
    const left = this.sum();
    if (this.take('in')) {
      const values = this.literals();
      return (scope) => values.has(left(scope));
    }
    const { text, kind } = this.peek();
    const compare = kind === 'sign' ? COMPARE[text] : undefined;
    if (!compare) return left;
    this.at++;
    const right = this.sum();
    return (scope) => compare(left(scope), right(scope));
  }

  private sum(): Evaluate<Scope> {
    let left = this.product();
    for (;;) {
      const first = left;
      if (this.take('+')) {
        const second = this.product();
        left = (scope) => number(first(scope)) + number(second(scope));
      } else if (this.take('-')) {
        const second = this.product();
        left = (scope) => number(first(scope)) - number(second(scope));
      } else return left;
    }
  }

  private product(): Evaluate<Scope> {
    let left = this.unary();
    for (;;) {
      const first = left;
      if (this.take('*')) {
        const second = this.unary();
        left = (scope) => number(first(scope)) * number(second(scope));
      } else if (this.take('/')) {
        const second = this.unary();
        left = (scope) => number(number(first(scope)) / number(second(scope)));
      } else return left;
    }
  }

  private unary(): Evaluate<Scope> {
    let negative = false;
    while (this.take('-')) negative = !negative;
    const inner = this.primary();
    return negative ? (scope) => -number(inner(scope)) : inner;
  }

  private primary(): Evaluate<Scope> {
    const token = this.peek();
    if (token.kind === 'number' || token.kind === 'text') {
      const value = this.literal();
      return () => value;
    }
    if (this.take('(')) {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    if (token.kind !== 'name') throw this.unexpected();
    if (token.text === 'true' || token.text === 'false' || token.text === 'null') {
      const value = this.literal();
      return () => value;
    }
    this.at++;
    if (this.take('(')) return this.call(token.text);
    const field = this.lookup(token.text);
    if (!field) throw this.error(`there is no field ${token.text}`);
    return field;
  }

  private call(name: string): Evaluate<Scope> {
    const argument = this.or();
    this.expect(')');
    if (name === 'abs') return (scope) => Math.abs(number(argument(scope)));
    if (name === 'length') return (scope) => sizeOf(argument(scope));
    throw this.error(`there is no function ${name}; there are abs and length`);
  }

  private literals(): ReadonlySet<Value> {
    this.expect('[');
    const values = new Set<Value>([this.literal()]);
    while (this.take(',')) values.add(this.literal());
    this.expect(']');
    return values;
  }

  private literal(): Value {
    const sign = this.take('-') ? -1 : 1;
    const token = this.peek();
    this.at++;
    if (token.kind === 'number') return sign * Number(token.text);
    if (sign === 1 && token.kind === 'text') return token.text;
    if (sign === 1 && token.text === 'null') return null;
    if (sign === 1 && (token.text === 'true' || token.text === 'false')) return token.text === 'true';
    this.at--;
    throw this.unexpected();
  }

  private peek(): Token {
    return this.tokens[this.at];
  }

  private take(text: string): boolean {
    const token = this.peek();
    if (token.kind === 'text' || token.text !== text) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw this.unexpected();
  }

  private unexpected(): SetupError {
    const { kind, text, column } = this.peek();
    return this.error(kind === 'end' ? 'ends too early' : `unexpected ${text} at character ${column + 1}`);
  }

  private error(why: string): SetupError {
    return new SetupError('contract_invalid', `${this.where}: ${why}`);
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
