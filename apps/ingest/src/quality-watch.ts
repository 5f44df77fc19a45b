import {
  resultOf,
  scoreOf,
  type Expectation,
  type ExpectationResult,
  type QualityCount,
} from '@gondola/events';
import { GondolaError, type PipelineObserver } from '@gondola/stream';

/** Hours of a subject that are remembered: of older ones what comes late is counted in the table alone. */
const HOURS_MAX = 48;

type Totals = Map<string, { readonly expectation: Expectation; checked: number; failed: number }>;

/**
 * What this process has counted since its partitions were assigned, by subject and hour: for its metrics, and to stop it
 * where an expectation with `action: fail` is not met. Other instances count for themselves; the table has the sum.
 */
export class QualityWatch {
  private readonly subjects = new Map<string, Map<number, Totals>>();
  private failed: GondolaError | null = null;

  constructor(
    private readonly stream: string,
    private readonly observer: Pick<PipelineObserver, 'expected'>,
  ) {}

  readonly clear = (): void => this.subjects.clear();

  /** Why the service has to stop, or null. */
  readonly broken = (): GondolaError | null => this.failed;

  readonly add = (counts: readonly QualityCount[]): void => {
    for (const [subject, own] of Map.groupBy(counts, (count) => count.subject)) {
      const hours = this.hoursOf(subject);
      for (const count of own) {
        const total = addTo(hours, count);
        if (total && isBroken(total)) this.failed ??= stopFor(count, total);
      }
      this.tell(subject, hours, own);
      forgetOldest(hours);
    }
  };

  private hoursOf(subject: string): Map<number, Totals> {
    const known = this.subjects.get(subject);
    if (known) return known;
    const hours = new Map<number, Totals>();
    this.subjects.set(subject, hours);
    return hours;
  }

  private tell(subject: string, hours: Map<number, Totals>, own: readonly QualityCount[]): void {
    const counts = [...Map.groupBy(own, ({ expectation }) => expectation.name)].map(([name, some]) => ({
      name,
      checked: some.reduce((sum, { checked }) => sum + checked, 0),
      failed: some.reduce((sum, { failed }) => sum + failed, 0),
    }));
    const newest = hours.get(Math.max(...hours.keys()));
    // How many are few is only known when the hour is over.
    const judged = [...(newest?.values() ?? [])].filter(({ expectation }) => expectation.kind !== 'volume');
    const score = scoreOf(judged.map((total) => resultOf(total, null)));
    this.observer.expected(this.stream, subject, { counts, score });
  }
}

function addTo(
  hours: Map<number, Totals>,
  { hourMs, expectation, checked, failed }: QualityCount,
): ExpectationResult | null {
  if (hours.size >= HOURS_MAX && !hours.has(hourMs) && hourMs < Math.min(...hours.keys())) return null;
  const totals = hours.get(hourMs) ?? (new Map() as Totals);
  hours.set(hourMs, totals);
  const total = totals.get(expectation.name) ?? { expectation, checked: 0, failed: 0 };
  totals.set(expectation.name, total);
  total.checked += checked;
  total.failed += failed;
  return resultOf(total, null);
}

function forgetOldest(hours: Map<number, Totals>): void {
  const surplus = [...hours.keys()].sort((left, right) => right - left).slice(HOURS_MAX);
  for (const hourMs of surplus) hours.delete(hourMs);
}

function isBroken({ expectation, checked, met }: ExpectationResult): boolean {
  if (expectation.action !== 'fail') return false;
  // An hour that has too few may still be going on, and others may have read the rest of it: only too many is certain.
  if (expectation.kind === 'volume') return checked > (expectation.perHour.max ?? Infinity);
  return met === false && checked >= expectation.checkedMin;
}

function stopFor({ subject, hourMs }: QualityCount, result: ExpectationResult): GondolaError {
  const { expectation, checked, failed, share } = result;
  const hour = new Date(hourMs).toISOString().slice(0, 13);
  const found =
    share === null
      ? `${checked} events, at most ${expectation.perHour.max} are expected`
      : `${failed} of ${checked} are not as expected, ${percent(1 - expectation.atLeast)} may be`;
  return new GondolaError(
    'expectation_failed',
    `${subject}: expectation ${expectation.name} (${expectation.kind}) is not met in the hour ${hour} UTC: ${found}. ` +
      'Everything read is published; mend the producer, or change atLeast or action of the expectation in contract.yaml',
    false,
  );
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
