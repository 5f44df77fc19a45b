import {
  hourOf,
  resultOf,
  scoreOf,
  type Expectation,
  type ExpectationResult,
  type QualityCount,
} from '@gondola/events';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Of the weeks before an hour: what is usual for it is the median of them. */
const USUAL_WEEKS_MAX = 8;
const USUAL_WEEKS_MIN = 3;
/** A source that has said nothing for longer is gone, not poor. */
const SILENT_HOURS_MAX = 48;
/** Hours without events are looked for so far back. */
const EMPTY_HOURS_MAX = 168;

export interface QualityFilter {
  readonly stream?: string | undefined;
  readonly subject?: string | undefined;
  /** Hours that begin at or after this time. */
  readonly sinceMs?: number | undefined;
}

/** One subject of one stream in one hour of event time. */
export interface QualityHour {
  readonly hourMs: number;
  readonly stream: string;
  readonly subject: string;
  /** 0..100: share of the expectations that are met, by weight; null when nothing can be said of any. */
  readonly score: number | null;
  readonly expectations: readonly ExpectationResult[];
}

/** An hour before its score is asked for. */
interface Hour {
  readonly key: string;
  readonly hourMs: number;
  readonly stream: string;
  readonly subject: string;
  readonly totals: Map<string, { expectation: Expectation; checked: number; failed: number }>;
}

interface Source {
  readonly stream: string;
  readonly subject: string;
  readonly hours: Map<number, Hour>;
  oldestMs: number;
  newestMs: number;
}

/** Sums of the rows of the quality table by source and hour. The newest hours stay. */
export class QualityStore {
  private readonly sources = new Map<string, Source>();
  private hours = 0;

  constructor(private readonly hoursKept: number) {}

  /** `isSnapshot`: the rows are all there are, and what was added before is among them. */
  add(rows: readonly QualityCount[], isSnapshot: boolean): void {
    if (isSnapshot) this.clear();
    for (const { stream, subject, hourMs, expectation, checked, failed } of rows) {
      const { totals } = this.hourOf(this.sourceOf(stream, subject), hourMs);
      const total = totals.get(expectation.name) ?? { expectation, checked: 0, failed: 0 };
      totals.set(expectation.name, total);
      // The newest terms: the contract may have changed within the hour.
      total.expectation = expectation;
      total.checked += checked;
      total.failed += failed;
    }
    if (this.hours > this.hoursKept) this.forgetOldest();
  }

  /** Newest first. `after`: the key at which the page before ended. `nowMs` says which hours are over. */
  query(
    { stream, subject, sinceMs = -Infinity }: QualityFilter,
    { limit, after, nowMs }: { limit: number; after: string | null; nowMs: number },
  ): { hours: readonly QualityHour[]; next: string | null } {
    const found = [...this.sources.values()]
      .filter((one) => stream === undefined || one.stream === stream)
      .filter((one) => subject === undefined || one.subject === subject)
      .flatMap((source) => hoursOf(source, sinceMs, nowMs).map((hour) => ({ source, hour })))
      .filter(({ hour }) => after === null || hour.key < after)
      .sort((left, right) => (left.hour.key < right.hour.key ? 1 : -1));
    const page = found.slice(0, limit);
    return {
      hours: page.map(({ source, hour }) => viewOf(source, hour, nowMs)),
      next: found.length > limit ? page[page.length - 1].hour.key : null,
    };
  }

  /**
   * Whether nothing of `subject` came either in the hours after `lastMs` until `nowMs` on the day before, or on the same day of the
   * week before: a night, and no outage. False where that is not known, or the hour of `lastMs` goes on.
   */
  isUsuallyQuiet(subject: string, lastMs: number, nowMs: number): boolean {
    const sources = [...this.sources.values()].filter((one) => one.subject === subject);
    const [fromMs, untilMs] = [hourOf(lastMs) + HOUR_MS, hourOf(nowMs) + HOUR_MS];
    if (fromMs >= untilMs || untilMs - fromMs > DAY_MS) return false;
    return [DAY_MS, WEEK_MS].some((agoMs) => {
      const known = sources.filter(({ oldestMs }) => oldestMs <= fromMs - agoMs);
      if (known.length === 0 || known.length < sources.length) return false;
      for (let hourMs = fromMs - agoMs; hourMs < untilMs - agoMs; hourMs += HOUR_MS)
        if (known.some(({ hours }) => hours.has(hourMs))) return false;
      return true;
    });
  }

  private clear(): void {
    this.sources.clear();
    this.hours = 0;
  }

  private sourceOf(stream: string, subject: string): Source {
    const key = `${stream} ${subject}`;
    const known = this.sources.get(key);
    if (known) return known;
    const source: Source = {
      ...{ stream, subject, hours: new Map() },
      ...{ oldestMs: Infinity, newestMs: -Infinity },
    };
    this.sources.set(key, source);
    return source;
  }

  private hourOf(source: Source, hourMs: number): Hour {
    const known = source.hours.get(hourMs);
    if (known) return known;
    const hour = newHour(source, hourMs);
    source.hours.set(hourMs, hour);
    source.oldestMs = Math.min(source.oldestMs, hourMs);
    source.newestMs = Math.max(source.newestMs, hourMs);
    this.hours++;
    return hour;
  }

  private forgetOldest(): void {
    const all = [...this.sources.values()].flatMap(({ hours }) => [...hours.keys()]).sort((a, b) => b - a);
    const oldestMs = all[this.hoursKept - 1];
    this.hours = 0;
    for (const [key, source] of this.sources) {
      const { hours } = source;
      for (const hourMs of hours.keys()) if (hourMs < oldestMs) hours.delete(hourMs);
      source.oldestMs = Math.max(source.oldestMs, oldestMs);
      this.hours += hours.size;
      if (hours.size === 0) this.sources.delete(key);
    }
  }
}

function newHour({ stream, subject }: Source, hourMs: number): Hour {
  return {
    key: `${new Date(hourMs).toISOString()} ${stream} ${subject}`,
    hourMs,
    stream,
    subject,
    totals: new Map(),
  };
}

/** Those with events, and those without in which some were expected. */
function hoursOf(source: Source, sinceMs: number, nowMs: number): readonly Hour[] {
  const { hours, oldestMs, newestMs } = source;
  const known = [...hours.values()].filter(({ hourMs }) => hourMs >= sinceMs);
  const volumes = [...(hours.get(newestMs)?.totals.values() ?? [])]
    .map(({ expectation }) => expectation)
    .filter(({ kind }) => kind === 'volume');
  if (volumes.length === 0) return known;
  // The last hour that is over, unless the source has been silent for so long that it is no longer expected.
  const lastMs = Math.min(hourOf(nowMs) - HOUR_MS, newestMs + SILENT_HOURS_MAX * HOUR_MS);
  const firstMs = Math.max(oldestMs, hourOf(Math.max(sinceMs, lastMs - EMPTY_HOURS_MAX * HOUR_MS)));
  const empty: Hour[] = [];
  for (let hourMs = firstMs; hourMs <= lastMs; hourMs += HOUR_MS) {
    if (hours.has(hourMs) || hourMs < sinceMs) continue;
    const hour = newHour(source, hourMs);
    for (const expectation of volumes)
      hour.totals.set(expectation.name, { expectation, checked: 0, failed: 0 });
    if (viewOf(source, hour, nowMs).score !== null) empty.push(hour);
  }
  return [...known, ...empty];
}

function viewOf(source: Source, { hourMs, stream, subject, totals }: Hour, nowMs: number): QualityHour {
  const isOver = hourMs + HOUR_MS <= nowMs;
  const expectations = [...totals.values()].map((total) => {
    if (total.expectation.kind !== 'volume') return resultOf(total, null);
    // Events of an hour that goes on are still to come.
    return isOver
      ? resultOf(total, usualOf(source, hourMs, total.expectation))
      : { ...total, share: null, met: null };
  });
  return { hourMs, stream, subject, score: scoreOf(expectations), expectations };
}

/** Median of the same hour of the weeks before it, null when they are too few. A known week in which it had no events counts as none. */
function usualOf({ hours, oldestMs }: Source, hourMs: number, { name }: Expectation): number | null {
  const before: number[] = [];
  for (let week = 1; week <= USUAL_WEEKS_MAX; week++) {
    const thenMs = hourMs - week * WEEK_MS;
    if (thenMs >= oldestMs) before.push(hours.get(thenMs)?.totals.get(name)?.checked ?? 0);
  }
  if (before.length < USUAL_WEEKS_MIN) return null;
  const sorted = before.sort((left, right) => left - right);
  const usual = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  return usual === 0 ? null : usual;
}
