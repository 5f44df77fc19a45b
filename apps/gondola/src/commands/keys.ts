import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { keyIdOf } from '@gondola/access';
import { addCaller, readCallers, removeCaller } from '@gondola/api';
import { addKey, readKeyFile } from '@gondola/collector';
import { UsageError, type Command, type CommandContext, type Summary } from '../command.js';

const EVENTS_PER_SECOND = 1_000;

type Values = Parameters<Command['run']>[0]['values'];

/** What was said on the command line, each a text that is not empty. Errors: `UsageError`. */
class Said {
  constructor(
    private readonly verb: string,
    private readonly values: Values,
  ) {}

  needed(name: string): string {
    const value = this.values[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new UsageError(`keys ${this.verb} takes --${name}`);
  }

  text(name: string): string | undefined {
    return this.values[name] === undefined ? undefined : this.needed(name);
  }

  positive(name: string): number | undefined {
    const text = this.text(name);
    if (text !== undefined && !(Number(text) > 0)) throw new UsageError(`--${name} is a number above 0`);
    return text === undefined ? undefined : Number(text);
  }
}

export const keys: Command = {
  summary:
    'make keys: new for producers, who send to the collector; create, list, revoke for callers of the api',
  usage: [
    'new|create|list|revoke --file KEYS.yaml ...',
    '  new --environment E --producer NAME [--subjects A,B.*] [--events-per-second N] [--expires DAY]',
    '      [--format poslog|ga4|segment|snowplow|epcis|square|shopify --store S --time-zone Z --currency C]',
    '  create --environment E --caller NAME --scopes read,verdict,quarantine,admin [--requests-per-second N] [--expires DAY]',
    '  revoke --id ID   (of list)',
  ].join('\n'),
  options: {
    file: { type: 'string' },
    environment: { type: 'string' },
    producer: { type: 'string' },
    subjects: { type: 'string', default: '*' },
    'events-per-second': { type: 'string', default: String(EVENTS_PER_SECOND) },
    expires: { type: 'string' },
    format: { type: 'string' },
    store: { type: 'string' },
    'time-zone': { type: 'string' },
    currency: { type: 'string' },
    caller: { type: 'string' },
    scopes: { type: 'string' },
    'requests-per-second': { type: 'string' },
    id: { type: 'string' },
  },
  run: async ({ positionals, values }, context) => {
    const [verb = '', ...others] = positionals;
    const run = VERBS.get(verb);
    if (!run || others.length > 0) throw new UsageError('keys takes new, create, list or revoke');
    return run(new Said(verb, values), { ...context, isJson: values['json'] === true });
  },
};

type Context = CommandContext & { readonly isJson: boolean };

const VERBS = new Map<string, (said: Said, context: Context) => Summary>([
  ['new', newProducer],
  ['create', createCaller],
  ['list', listCallers],
  ['revoke', revokeCaller],
]);

function newProducer(said: Said, context: Context): Summary {
  const entry = {
    producer: said.needed('producer'),
    environment: said.needed('environment'),
    subjects: said.needed('subjects').split(','),
    eventsPerSecond: said.positive('events-per-second'),
    expires: said.text('expires'),
    format: said.text('format'),
    storeId: said.text('store'),
    timeZone: said.text('time-zone'),
    currency: said.text('currency'),
  };
  const file = said.needed('file');
  const before = keysOf(file, entry);
  const key = addKey(file, entry, randomBytes);
  if (before > 0)
    context.say(
      `${entry.producer} had ${before} of ${entry.environment} already, which goes on working: this is one more. ` +
        `Take the old entry out of ${file} once nobody sends with it.`,
    );
  showOnce(key, file, context);
  return { command: 'keys', ok: true, producer: entry.producer, keysBefore: before, key };
}

function createCaller(said: Said, context: Context): Summary {
  const entry = {
    caller: said.needed('caller'),
    environment: said.needed('environment'),
    scopes: said.needed('scopes').split(','),
    expires: said.text('expires'),
    requestsPerSecond: said.positive('requests-per-second'),
  };
  const file = said.needed('file');
  const key = addCaller(file, entry, randomBytes);
  showOnce(key, file, context);
  return { command: 'keys', ok: true, caller: entry.caller, key };
}

function listCallers(said: Said, context: Context): Summary {
  const callers = readCallers(said.needed('file')).map((entry) => {
    const { keyHash: _, ...rest } = entry;
    return { id: keyIdOf(entry), ...rest };
  });
  for (const { id, caller, environment, scopes, expires, requestsPerSecond } of callers)
    context.say(
      [
        ...[id, environment, caller, scopes.join(',')],
        ...[expires === null ? 'never ends' : `ends ${expires}`],
        ...(requestsPerSecond === null ? [] : [`${requestsPerSecond}/s`]),
      ].join('  '),
    );
  return { command: 'keys', ok: true, callers };
}

function revokeCaller(said: Said, context: Context): Summary {
  const [file, id] = [said.needed('file'), said.needed('id')];
  const removed = removeCaller(file, id);
  if (!removed) throw new UsageError(`${file} has no key ${id}: npx gondola keys list --file ${file}`);
  context.say(
    `${removed.caller}'s key ${id} is taken out of ${file}: it is refused within seconds of the file's arrival`,
  );
  return { command: 'keys', ok: true, caller: removed.caller, id };
}

function showOnce(key: string, file: string, { say, isJson }: Context): void {
  say(`${file} has its hash. This is shown once:`);
  if (!isJson) process.stdout.write(`${key}\n`);
}

/** How many keys a producer has in a file. */
function keysOf(file: string, { producer, environment }: { producer: string; environment: string }): number {
  if (!existsSync(file)) return 0;
  return readKeyFile(file).filter((one) => one.producer === producer && one.environment === environment)
    .length;
}
