import { createQualityTail, QualityStore, type QualityHour } from '@gondola/api';
import { systemClock } from '@gondola/stream';
import { asUsage } from '../as-usage.js';
import type { Command } from '../command.js';
import { parseTime } from '@gondola/quarantine';
import {
  chosenTables,
  LAKE_OPTIONS,
  LAKE_USAGE,
  noPositionals,
  parseCount,
  upkeepOf,
} from '../upkeep-line.js';

/** Of one subject of one stream each: more than ten weeks of many. */
const HOURS_KEPT = 1_000_000;

export const quality: Command = {
  summary: 'how good the events of each source were, hour by hour, by what their contracts expect',
  usage: `${LAKE_USAGE} [--stream S] [--subject S] [--since T] [--hours N]   (UTC, when events happened; newest first)`,
  options: {
    ...LAKE_OPTIONS,
    stream: { type: 'string' },
    subject: { type: 'string' },
    since: { type: 'string' },
    hours: { type: 'string', default: '20' },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('quality', positionals);
    const limit = parseCount('hours', values['hours'], 1);
    const filter = {
      stream: textOf(values['stream']),
      subject: textOf(values['subject']),
      sinceMs: asUsage(() => parseTime('since', values['since'])) ?? undefined,
    };
    const deps = upkeepOf(values, context);
    const store = new QualityStore(HOURS_KEPT);
    // Fails where there is no such table, and says what there is.
    await chosenTables(deps, 'quality');
    const { rows, isSnapshot } = await createQualityTail(deps.store, deps.environment, Infinity).read();
    store.add(rows, isSnapshot);
    const { hours } = store.query(filter, { limit, after: null, nowMs: systemClock.nowMs() });
    for (const hour of hours) context.say(describe(hour));
    return { command: 'quality', ok: true, hours };
  },
};

const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

function describe({ hourMs, stream, subject, score, expectations }: QualityHour): string {
  const missed = expectations
    .filter(({ met }) => met === false)
    .map(({ expectation: { name, kind }, checked, failed }) =>
      kind === 'volume' ? `${name} (${checked})` : `${name} (${failed} of ${checked})`,
    );
  const points = score === null ? '-' : String(Math.round(score));
  const hour = new Date(hourMs).toISOString().slice(0, 13);
  return `${hour}  ${points.padStart(3)}  ${stream}  ${subject}  ${missed.length === 0 ? '' : `not met: ${missed.join(', ')}`}`.trimEnd();
}
