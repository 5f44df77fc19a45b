import { existsSync } from 'node:fs';

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 64, config: 78 } as const;

export interface CommandContext {
  /** One line that replaces the last on a terminal, for long work; silent when standard error is not a terminal. */
  progress(text: string): void;
  /** A line for people, on standard error. */
  say(text: string): void;
  /** Aborted on SIGINT and SIGTERM: finish what must be finished and return. */
  readonly signal: AbortSignal;
}

/** What `--json` prints as its last line; for people, `say` has told it already. */
export type Summary = Readonly<Record<string, unknown>>;

export interface Command {
  /** First line of `gondola help`. */
  readonly summary: string;
  /** Text after `gondola <command>`, e.g. `PANEL --out FILE [--from-day N]`. */
  readonly usage: string;
  /** For `node:util` parseArgs; `json` and `help` are added to every command. */
  readonly options: Readonly<
    Record<string, { readonly type: 'string' | 'boolean'; readonly default?: string | boolean }>
  >;
  /** Throws `UsageError` for bad arguments. */
  run(
    args: {
      readonly positionals: readonly string[];
      readonly values: Readonly<Record<string, string | boolean | undefined>>;
    },
    context: CommandContext,
  ): Promise<Summary>;
}

/** The command line cannot be understood: exit 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The one file that a command takes: that it is there is said before anything long begins. */
export function onePath(command: string, what: string, positionals: readonly string[]): string {
  const [path] = positionals;
  if (!path || positionals.length > 1) throw new UsageError(`${command} takes one ${what}`);
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
  return path;
}

/** The value of `--port`. */
export function parsePort(text: string | boolean | undefined): number {
  const port = Number(text);
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port is 0 to 65535; it was ${text}`);
}
