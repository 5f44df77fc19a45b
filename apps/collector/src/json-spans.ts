const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x7b, 0x7d, 0x5b, 0x5d];

/** `bytes[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Member extends Span {
  readonly name: string;
}

/** Bytes that are not an array or object of JSON: where it was noticed. */
export class NotJson {
  constructor(
    readonly what: 'array' | 'object',
    readonly at: number,
  ) {}
}

/**
 * The entries of the array that `bytes[start, end)` is, as the bytes they are: an event goes on exactly as it was sent.
 * Looks no closer at an entry than it must to find its end: whoever reads it says whether it is JSON.
 */
export function arrayEntries(bytes: Buffer, start: number, end: number): readonly Span[] | NotJson {
  const entries: Span[] = [];
  let at = skipSpace(bytes, start, end);
  if (bytes[at] !== BRACKET || at >= end) return new NotJson('array', at);
  at = skipSpace(bytes, at + 1, end);
  if (at < end && bytes[at] === BRACKET_END)
    return closed(bytes, at, end) ? entries : new NotJson('array', at);
  while (at < end) {
    const after = valueEnd(bytes, at, end);
    if (after < 0) break;
    entries.push({ start: at, end: after });
    at = skipSpace(bytes, after, end);
    if (at < end && bytes[at] === BRACKET_END)
      return closed(bytes, at, end) ? entries : new NotJson('array', at);
    if (at >= end || bytes[at] !== COMMA) break;
    at = skipSpace(bytes, at + 1, end);
  }
  return new NotJson('array', at);
}

/** The members of the object that `bytes[start, end)` is. */
export function objectMembers(bytes: Buffer, start: number, end: number): readonly Member[] | NotJson {
  const members: Member[] = [];
  let at = skipSpace(bytes, start, end);
  if (bytes[at] !== BRACE || at >= end) return new NotJson('object', at);
  at = skipSpace(bytes, at + 1, end);
  if (at < end && bytes[at] === BRACE_END)
    return closed(bytes, at, end) ? members : new NotJson('object', at);
  while (at < end && bytes[at] === QUOTE) {
    const nameEnd = textEnd(bytes, at, end);
    if (nameEnd < 0) break;
    const name = textOf(bytes, at, nameEnd);
    at = skipSpace(bytes, nameEnd, end);
    if (name === null || at >= end || bytes[at] !== COLON) break;
    at = skipSpace(bytes, at + 1, end);
    const after = at < end ? valueEnd(bytes, at, end) : -1;
    if (after < 0) break;
    members.push({ name, start: at, end: after });
    at = skipSpace(bytes, after, end);
    if (at < end && bytes[at] === BRACE_END)
      return closed(bytes, at, end) ? members : new NotJson('object', at);
    if (at >= end || bytes[at] !== COMMA) break;
    at = skipSpace(bytes, at + 1, end);
  }
  return new NotJson('object', at);
}

/** The text that the JSON string `bytes[start, end)`, quotes included, stands for; null when it is none. */
export function textOf(bytes: Buffer, start: number, end: number): string | null {
  if (bytes[start] !== QUOTE) return null;
  if (isPlainText(bytes, start, end)) return bytes.toString('latin1', start + 1, end - 1);
  try {
    const text: unknown = JSON.parse(bytes.toString('utf8', start, end));
    return typeof text === 'string' && text.isWellFormed() ? text : null;
  } catch {
    return null;
  }
}

/** Whether it is a string of printable ASCII without escapes, which almost all names and ids are: bytes are its text. */
export function isPlainText(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== QUOTE) return false;
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at];
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return false;
  }
  return true;
}

/** Whether nothing but white space follows the bracket at `at`. */
function closed(bytes: Buffer, at: number, end: number): boolean {
  return skipSpace(bytes, at + 1, end) === end;
}

function skipSpace(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isSpace(bytes[at])) at++;
  return at;
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Position after the value at `start`, -1 when it does not end. */
function valueEnd(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start];
  if (first === QUOTE) return textEnd(bytes, start, end);
  if (first === BRACE || first === BRACKET) return nestedEnd(bytes, start, end);
  let at = start;
  while (at < end && !isSpace(bytes[at]) && !isStructure(bytes[at])) at++;
  return at > start ? at : -1;
}

const isStructure = (byte: number): boolean =>
  byte === COMMA || byte === COLON || byte === BRACE_END || byte === BRACKET_END;

/** Counts brackets of both kinds alike, in a loop: nesting as deep as the body is long costs no stack. */
function nestedEnd(bytes: Buffer, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = textEnd(bytes, at, end) - 1;
      if (at < 0) return -1;
    } else if (byte === BRACE || byte === BRACKET) depth++;
    else if ((byte === BRACE_END || byte === BRACKET_END) && --depth === 0) return at + 1;
  }
  return -1;
}

/** Position after the closing quote, -1 when there is none. */
function textEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at + 1;
  }
  return -1;
}
