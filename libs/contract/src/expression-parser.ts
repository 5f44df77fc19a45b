import { SetupError } from '@gondola/stream';
import { tokenize, type Token } from './expression-tokens.js';

/** What an expression may be written with. */
export type Literal = string | number | boolean | null;

export type Expression =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'or' | 'and'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not' | 'negative' | 'abs' | 'length'; readonly of: Expression }
  | { readonly kind: 'in'; readonly of: Expression; readonly values: ReadonlySet<Literal> }
  | {
      readonly kind: 'compare';
      readonly sign: CompareSign;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'compute';
      readonly sign: '+' | '-' | '*' | '/';
      readonly left: Expression;
      readonly right: Expression;
    };

const COMPARE_SIGNS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type CompareSign = (typeof COMPARE_SIGNS)[number];

/** Rules may nest brackets and signs only so deep, so that no file can exhaust the stack. */
const DEPTH_MAX = 64;

/**
 * Reads a rule's expression. `where` names it in errors (`contract_invalid`).
 *
 *     or:      and ('||' and)*                and:   not ('&&' not)*
 *     not:     '!' not | compare              sum:   product (('+' | '-') product)*
 *     compare: sum (('==' | '!=' | '<' | '<=' | '>' | '>=') sum | 'in' '[' literal, ... ']')?
 *     product: unary (('*' | '/') unary)*     unary: '-' unary | primary
 *     primary: number | 'text' | true | false | null | field | abs(or) | length(or) | '(' or ')'
 */
export function parseExpression(text: string, where: string): Expression {
  return new Parser(text, where).parse();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(
    text: string,
    private readonly where: string,
  ) {
    this.tokens = tokenize(text, (why) => this.error(why));
  }

  parse(): Expression {
    const whole = this.or();
    if (this.peek().kind !== 'end') throw this.unexpected();
    return whole;
  }

  private or(): Expression {
    if (++this.depth > DEPTH_MAX) throw this.error('nested too deeply');
    let left = this.and();
    while (this.take('||')) left = { kind: 'or', left, right: this.and() };
    this.depth--;
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.take('&&')) left = { kind: 'and', left, right: this.not() };
    return left;
  }

  private not(): Expression {
    let negated = false;
    while (this.take('!')) negated = !negated;
    const of = this.compare();
    return negated ? { kind: 'not', of } : of;
  }

  private compare(): Expression {
    const left = this.sum();
    if (this.take('in')) return { kind: 'in', of: left, values: this.literals() };
    const { text, kind } = this.peek();
    const sign = kind === 'sign' ? COMPARE_SIGNS.find((known) => known === text) : undefined;
    if (!sign) return left;
    this.at++;
    return { kind: 'compare', sign, left, right: this.sum() };
  }

  private sum(): Expression {
    let left = this.product();
    for (;;) {
      if (this.take('+')) left = { kind: 'compute', sign: '+', left, right: this.product() };
      else if (this.take('-')) left = { kind: 'compute', sign: '-', left, right: this.product() };
      else return left;
    }
  }

  private product(): Expression {
    let left = this.unary();
    for (;;) {
      if (this.take('*')) left = { kind: 'compute', sign: '*', left, right: this.unary() };
      else if (this.take('/')) left = { kind: 'compute', sign: '/', left, right: this.unary() };
      else return left;
    }
  }

  private unary(): Expression {
    let negative = false;
    while (this.take('-')) negative = !negative;
    const of = this.primary();
    return negative ? { kind: 'negative', of } : of;
  }

  private primary(): Expression {
    const token = this.peek();
    if (token.kind === 'number' || token.kind === 'text') return { kind: 'literal', value: this.literal() };
    if (this.take('(')) {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    if (token.kind !== 'name') throw this.unexpected();
    if (token.text === 'true' || token.text === 'false' || token.text === 'null')
      return { kind: 'literal', value: this.literal() };
    this.at++;
    return this.take('(') ? this.call(token.text) : { kind: 'field', name: token.text };
  }

  private call(name: string): Expression {
    const of = this.or();
    this.expect(')');
    if (name === 'abs' || name === 'length') return { kind: name, of };
    throw this.error(`there is no function ${name}; there are abs and length`);
  }

  private literals(): ReadonlySet<Literal> {
    this.expect('[');
    const values = new Set<Literal>([this.literal()]);
    while (this.take(',')) values.add(this.literal());
    this.expect(']');
    return values;
  }

  private literal(): Literal {
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
