import type { Label } from '@gondola/detect';
import type { PlacedStore } from '@gondola/detect-service';
import type { ShelfEvents } from '@gondola/events';
import { labelsOf } from '@gondola/kpi';
import { UsageError } from './command.js';
import { readLoop } from './read-loop.js';
import { silverDays, type Days, type SilverDeps } from './silver-days.js';

const HOUR_MS = 3_600_000;

const LABEL_SOURCES = ['counts', 'snapshots', 'verdicts'] as const;
/**
 * counts: what somebody counted. snapshots: also what systems state, for shops whose record is true. verdicts: what people said
 * of signals and of checks by lot.
 */
export type LabelSource = (typeof LABEL_SOURCES)[number];

/** The value of `--labels`: one or more of the sources, with commas. */
export function parseSources(text: string): readonly LabelSource[] {
  const sources = text.split(',').map((one) => LABEL_SOURCES.find((source) => source === one));
  if (sources.every((one) => one !== undefined)) return sources;
  throw new UsageError(`--labels is one or more of ${LABEL_SOURCES.join(', ')}; it was ${text}`);
}

/** Labels within a batch of events. */
function labelsIn(events: ShelfEvents, sources: readonly LabelSource[]): Label[] {
  const labels: Label[] = [];
  for (let row = 0; row < events.rows; row++) {
    const effect = events.effect[row];
    const isStated = effect === 'record' && sources.includes('snapshots');
    const isCounted = effect === 'count' && sources.some((source) => source !== 'verdicts');
    if (!isStated && !isCounted) continue;
    labels.push({
      ...{ storeId: events.store[row], itemId: events.item[row], atMs: Math.floor(events.eventTimeMs[row]) },
      isOut: events.quantity[row] <= 0,
      source: effect === 'count' ? 'count' : 'snapshot',
      weight: 1,
    });
  }
  return labels;
}

export interface Told {
  /** All events, by the way. */
  readonly onEvents?: (date: string, events: ShelfEvents) => void;
  readonly onStore?: (store: PlacedStore) => void;
}

/** Labels of these days; the rest that silver says is told by the way. */
export async function readLabels(
  deps: SilverDeps,
  { days, sources, onEvents, onStore }: Told & { days: Days; sources: readonly LabelSource[] },
): Promise<Label[]> {
  const labels = sources.includes('verdicts') ? await readVerdicts(deps, days) : [];
  for await (const { date, parts } of silverDays(deps, days)) {
    for (const part of parts) {
      if (part.kind === 'events') {
        onEvents?.(date, part.events);
        for (const label of labelsIn(part.events, sources)) labels.push(label);
      } else if (part.kind === 'store') onStore?.(part.store);
    }
  }
  return labels;
}

/** A judgement of a signal speaks of the hour that the signal ended, a check of the moment of the look. */
async function readVerdicts({ store, environment }: SilverDeps, { from, to }: Days): Promise<Label[]> {
  const { signals, verdicts } = await readLoop(store, environment);
  return labelsOf(signals, verdicts).labels.flatMap((found): Label[] => {
    const { storeId, itemId, hourMs, lookedAtMs, out: isOut, weight } = found;
    const isCheck = found.source === 'check';
    const atMs = isCheck ? lookedAtMs : hourMs + HOUR_MS;
    const date = new Date(atMs).toISOString().slice(0, 10);
    if (date < (from ?? '') || date > (to ?? '9999')) return [];
    return [{ ...{ storeId, itemId, atMs, isOut, weight }, source: isCheck ? 'check' : 'verdict' }];
  });
}
