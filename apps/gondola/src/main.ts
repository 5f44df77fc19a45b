import { parseArgs } from 'node:util';
import { GondolaError, SetupError } from '@gondola/stream';
import { EXIT, UsageError, type Command, type CommandContext } from './command.js';
import { COMMANDS } from './commands.js';
import { createProgress } from './progress.js';

/** Counts and most positions are numbers; a position that a double cannot hold is its decimal text. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? exact(part) : part));
const exact = (count: bigint): number | string =>
  count > Number.MAX_SAFE_INTEGER ? String(count) : Number(count);

/** What a path on the command line can do wrong: the message names it. */
const FILE_ERRORS = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EINVAL']);

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = argv;
  if (name === 'help' || name === '--help' || name === '-h') return help();
  const load = COMMANDS[name];
  if (!load) return fail(EXIT.usage, `there is no command ${name}; npx gondola help lists them`);
  const command = await load();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const progress = createProgress(process.stderr);
  try {
    return await runCommand(name, command, rest, { ...progress, signal: stop.signal });
  } catch (error) {
    progress.end();
    const code = explain(name, command, error);
    if (rest.includes('--json')) process.stdout.write(`${toJson(failureOf(name, error))}\n`);
    // Something did not end when it was told to: nobody waits for it any longer.
    if (error instanceof GondolaError && error.code === 'drain_timeout') process.exit(code);
    return code;
  }
}

async function runCommand(
  name: string,
  command: Command,
  argv: readonly string[],
  context: CommandContext & { end(): void },
): Promise<number> {
  const { positionals, values } = parse(command, argv);
  if (values['help']) {
    process.stdout.write(`${command.summary}\n\nnpx gondola ${name} ${usageOf(command)}\n`);
    return EXIT.done;
  }
  const summary = await command.run({ positionals, values }, context);
  context.end();
  if (values['json']) process.stdout.write(`${toJson(summary)}\n`);
  return summary['ok'] === false ? EXIT.failed : EXIT.done;
}

function parse(command: Command, argv: readonly string[]) {
  const options = { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function explain(name: string, command: Command, error: unknown): number {
  if (error instanceof UsageError)
    return fail(EXIT.usage, `${error.message}\nnpx gondola ${name} ${usageOf(command)}`);
  if (error instanceof SetupError) return fail(EXIT.config, error.message);
  if (error instanceof GondolaError) return fail(EXIT.failed, error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  if (FILE_ERRORS.has(code ?? '')) return fail(EXIT.failed, message);
  // Anything else is our own mistake: the stack is what is needed to mend it.
  return fail(
    EXIT.failed,
    error instanceof Error ? (error.stack ?? error.message) : `${name}: ${String(error)}`,
  );
}

/** What programs read of a failure; the message stands on standard error for people. */
function failureOf(command: string, error: unknown) {
  const code = error instanceof GondolaError ? error.code : error instanceof UsageError ? 'usage' : 'failed';
  return { command, ok: false, code, message: error instanceof Error ? error.message : String(error) };
}

function usageOf(command: Command): string {
  return `${command.usage} [--json]`;
}

async function help(): Promise<number> {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(
      async ([name, load]) => `  ${name.padEnd(width)}  ${(await load()).summary}`,
    ),
  );
  process.stdout.write(
    `Góndola: which shelf is empty\n\nnpx gondola <command> [--help]\n\n${lines.join('\n')}\n`,
  );
  return EXIT.done;
}

function fail(code: number, message: string): number {
  process.stderr.write(`${message}\n`);
  return code;
}
