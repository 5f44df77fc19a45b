import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { addKey, readKeyFile } from '@gondola/collector';
import { UsageError, type Command } from '../command.js';

const EVENTS_PER_SECOND = 1_000;

export const keys: Command = {
  summary: 'make a key by which a producer may send to the collector',
  usage:
    'new --file KEYS.yaml --environment E --producer NAME [--subjects A,B.*] [--events-per-second N] [--expires DAY] ' +
    '[--format poslog|ga4|segment|snowplow|epcis|square|shopify --store S --time-zone Z --currency C]',
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
  },
  run: async ({ positionals, values }, context) => {
    if (positionals.length !== 1 || positionals[0] !== 'new') throw new UsageError('keys takes new');
    const given = (name: string) => {
      const value = values[name];
      if (typeof value === 'string' && value !== '') return value;
      throw new UsageError(`keys new takes --${name}`);
    };
    const text = (name: string) => (values[name] === undefined ? undefined : given(name));
    const eventsPerSecond = Number(given('events-per-second'));
    if (!(eventsPerSecond > 0)) throw new UsageError('--events-per-second is a number above 0');
    const entry = {
      producer: given('producer'),
      environment: given('environment'),
      subjects: given('subjects').split(','),
      eventsPerSecond,
      expires: text('expires'),
      format: text('format'),
      storeId: text('store'),
      timeZone: text('time-zone'),
      currency: text('currency'),
    };
    const file = given('file');
    const before = keysOf(file, entry);
    const key = addKey(file, entry, randomBytes);
    if (before > 0)
      context.say(
        `${entry.producer} had ${before} of ${entry.environment} already, which goes on working: this is one more. ` +
          `Take the old entry out of ${file} once nobody sends with it.`,
      );
    context.say(`${file} has its hash. This is shown once:`);
    if (values['json'] !== true) process.stdout.write(`${key}\n`);
    return { command: 'keys', ok: true, producer: entry.producer, keysBefore: before, key };
  },
};

/** How many keys a producer has in a file. */
function keysOf(file: string, { producer, environment }: { producer: string; environment: string }): number {
  if (!existsSync(file)) return 0;
  return readKeyFile(file).filter((one) => one.producer === producer && one.environment === environment)
    .length;
}
