import { readConfigFile } from '@gondola/config';
import { systemClock } from '@gondola/stream';
import { UsageError, type Command } from '../command.js';
import { openLake } from '../open-lake.js';
import { openAlertmanager } from '../silences/alertmanager.js';
import { readClosures } from '../silences/read-closures.js';
import { silencesConfigSchema } from '../silences/silences.config.js';
import { changesOf, wantedSilences, type Silence } from '../silences/wanted.js';

export const silences: Command = {
  summary: 'keep Alertmanager silent in maintenance windows and for stores that the catalog says are closed',
  usage: '--config FILE [--dry-run]   (run it every few minutes; a second run changes nothing)',
  options: { config: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  run: async ({ positionals, values }, context) => {
    const path = values['config'];
    if (typeof path !== 'string' || positionals.length > 0)
      throw new UsageError('silences takes --config FILE');
    const config = readConfigFile(path, silencesConfigSchema);
    const { environment, lake, closures } = config;
    const alertmanager = openAlertmanager(config.alertmanager);
    const closed = closures ? await readClosures(openLake(lake), environment) : [];
    const nowMs = systemClock.nowMs();
    const wanted = wantedSilences(config, closed, nowMs);
    const { make, end } = changesOf(wanted, await alertmanager.known(environment), nowMs);
    const isDry = values['dry-run'] === true;
    // First what is new: between the two there must be no moment without a silence.
    for (const silence of make) {
      context.say(`silent: ${describe(silence)}`);
      if (!isDry) await alertmanager.make(silence);
    }
    for (const silence of end) {
      context.say(`no longer silent: ${describe(silence)}`);
      if (!isDry) await alertmanager.end(silence.id);
    }
    const counts = { wanted: wanted.length, made: make.length, ended: end.length };
    context.say(
      `${wanted.length} silences, ${make.length} new, ${end.length} ended${isDry ? ' (dry run)' : ''}`,
    );
    return { command: 'silences', ok: true, dryRun: isDry, ...counts };
  },
};

function describe({ matchers, fromMs, untilMs, comment }: Silence): string {
  const what = matchers.map(({ name, value }) => `${name}=${value}`).join(' ');
  return `${new Date(fromMs).toISOString()} to ${new Date(untilMs).toISOString()}, ${what}: ${comment}`;
}
