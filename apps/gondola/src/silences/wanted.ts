import type { Closure } from '@gondola/events';
import type { SilencesConfig } from './silences.config.js';

const DAY_MS = 86_400_000;

/** As Alertmanager's API has it. */
interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface Silence {
  readonly matchers: readonly Matcher[];
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Begins with what it was made from, by which a later run knows it again. */
  readonly comment: string;
}

/** A silence that Alertmanager has. */
export interface KnownSilence extends Silence {
  readonly id: string;
}

/** The silences that there should be now: of windows that have not ended and begin within `daysAhead`. */
export function wantedSilences(
  { environment, maintenance, daysAhead }: Pick<SilencesConfig, 'environment' | 'maintenance' | 'daysAhead'>,
  closures: readonly Closure[],
  nowMs: number,
): readonly Silence[] {
  const here = equal('environment', environment);
  const ofWindows = maintenance.map(({ name, from, until, reason, stores, teams, alerts }) => ({
    matchers: [here, ...oneOf('store', stores), ...oneOf('team', teams), ...oneOf('alertname', alerts)],
    fromMs: Date.parse(from),
    untilMs: Date.parse(until),
    comment: `maintenance ${name}: ${reason}`,
  }));
  const ofClosures = newest(closures)
    .filter(({ isCancelled }) => !isCancelled)
    .map(({ closureId, storeId, fromMs, untilMs, reason }) => ({
      matchers: [here, equal('store', storeId)],
      ...{ fromMs, untilMs },
      comment: `closure ${closureId}: ${reason ?? 'closed'}`,
    }));
  return [...ofWindows, ...ofClosures].filter(
    ({ fromMs, untilMs }) => untilMs > nowMs && fromMs < nowMs + daysAhead * DAY_MS,
  );
}

/** A later event for the same closure replaces the earlier. */
function newest(closures: readonly Closure[]): readonly Closure[] {
  const byId = new Map<string, Closure>();
  for (const closure of closures)
    if (closure.updatedMs >= (byId.get(closure.closureId)?.updatedMs ?? -Infinity))
      byId.set(closure.closureId, closure);
  return [...byId.values()];
}

const equal = (name: string, value: string): Matcher => ({ name, value, isRegex: false, isEqual: true });

function oneOf(name: string, values: readonly string[] | undefined): readonly Matcher[] {
  if (values === undefined) return [];
  if (values.length === 1) return [equal(name, values[0])];
  const value = [...new Set(values)].sort().map(escaped).join('|');
  return [{ name, value, isRegex: true, isEqual: true }];
}

/** Matchers are anchored regular expressions of RE2. */
const escaped = (text: string) => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');

/** What is to be made and what is to be ended, so that there is what is wanted, once, and nothing that no longer is. */
export function changesOf(
  wanted: readonly Silence[],
  known: readonly KnownSilence[],
  nowMs: number,
): { readonly make: readonly Silence[]; readonly end: readonly KnownSilence[] } {
  const left = new Map(known.map((silence) => [silence.id, silence]));
  const make = wanted.filter((silence) => {
    const there = [...left.values()].find((one) => isSame(silence, one, nowMs));
    return there === undefined || !left.delete(there.id);
  });
  return { make, end: [...left.values()] };
}

/** One that began is known by its end: its beginning is when it was made. */
function isSame(wanted: Silence, known: KnownSilence, nowMs: number): boolean {
  const began = wanted.fromMs <= nowMs && known.fromMs <= nowMs;
  return (
    (began || wanted.fromMs === known.fromMs) &&
    wanted.untilMs === known.untilMs &&
    wanted.comment === known.comment &&
    textOf(wanted.matchers) === textOf(known.matchers)
  );
}

const textOf = (matchers: readonly Matcher[]): string =>
  matchers
    .map(({ name, value, isRegex, isEqual }) => JSON.stringify([name, value, isRegex, isEqual]))
    .sort()
    .join();
