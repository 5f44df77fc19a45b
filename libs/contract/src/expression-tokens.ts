export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  /** A text without its quotes. */
  readonly text: string;
  readonly column: number;
}

const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|'(?<text>[^']*)'|(?<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(?<sign>\|\||&&|[<>!=]=|[<>!+\-*/()[\],]))/y;

/** Cuts an expression into its words; ends with an `end`. */
export function tokenize(text: string, error: (why: string) => Error): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const length = text.trimEnd().length;
  while (pattern.lastIndex < length) {
    const column = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (!groups) throw error(`cannot be understood from character ${column + 1} on`);
    for (const kind of ['number', 'text', 'name', 'sign'] as const)
      if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind], column });
  }
  tokens.push({ kind: 'end', text: '', column: length });
  return tokens;
}
