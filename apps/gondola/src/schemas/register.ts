import { registerSchemas, type Registration } from '@gondola/schema-check';
import { UsageError, type CommandContext, type Summary } from '../command.js';
import { runCheck, summaryOf } from './check.js';
import type { Values } from './options.js';

const WORDS = {
  registered: 'new',
  known: 'already there',
  missing: 'would be new',
  refused: 'refused',
} as const;

/** Checks first: what is wrong is not registered, nor is anything else. */
export async function register(values: Values, context: CommandContext): Promise<Summary> {
  const checked = await runCheck(values, context);
  const { registry, state, errors } = checked;
  if (registry === null) throw new UsageError('schemas register takes --registry URL or --config FILE');
  const summary = summaryOf('register', checked);
  if (errors > 0 || state === null) {
    context.say('nothing was registered: mend the errors first');
    return { ...summary, subjects: [] };
  }
  const dryRun = values['dry-run'] === true;
  const subjects = await registerSchemas(state.subjects, registry, { dryRun });
  for (const one of subjects) context.say(lineOf(one));
  return { ...summary, ok: subjects.every(({ outcome }) => outcome !== 'refused'), dryRun, subjects };
}

function lineOf({ subject, version, outcome, id, why }: Registration): string {
  const place = id === null ? '' : `, id ${id}`;
  return `${subject} v${version}: ${WORDS[outcome]}${place}${why === null ? '' : `: ${why}`}`;
}
