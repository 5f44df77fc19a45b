import { perStore, type RuleContext } from './alert.js';

/** Stores whose shelves may be blamed: enough of them, the feed alive, not closed out of its hours. At night they are what they were last. */
export const STORE_SEEN = 'gondola:store_seen:bool';
/** The same while it is open, and while it is shut for the night. */
export const STORE_SELLS = 'gondola:store_sells:bool';
export const STORE_SHUT = 'gondola:store_shut:bool';

/** Windows over which the share of late commits is told, in minutes. */
const FRESHNESS_WINDOWS = [5, 30, 60, 120, 360, 1440, 4320] as const;
/** Of the objective, and one of the histogram's buckets. */
const FRESH_SECONDS = 60;
/** Prometheus 2 keeps bounds as they are served, 3 writes whole numbers as 60.0. */
export const FRESH_BOUND = `le=~"${FRESH_SECONDS}|${FRESH_SECONDS}[.]0"`;

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export function storeRecordings({ limits }: RuleContext): readonly RecordingRule[] {
  const open = perStore('gondola_store_open');
  return [
    {
      record: STORE_SEEN,
      expr:
        `${perStore('gondola_store_shelves')} >= bool ${limits.storeShelvesMin} == 1\n` +
        `unless ${perStore('gondola_store_feed_dead')} == 1\nunless ${perStore('gondola_store_closed')} == 1`,
    },
    { record: STORE_SELLS, expr: `${open} == 1\nand ${STORE_SEEN}` },
    { record: STORE_SHUT, expr: `${open} == bool 0 == 1\nand ${STORE_SEEN}` },
  ];
}

/** Share of a pipeline's commits whose rows were readable too late. */
export const lateShare = (minutes: number): string => `gondola:freshness_late:ratio_rate${minutes}m`;

export const lineRecordings = ({ minutes }: RuleContext): readonly RecordingRule[] =>
  FRESHNESS_WINDOWS.map((window) => {
    const rate = (series: string) => `sum by (pipeline) (rate(${series}[${minutes(window)}]))`;
    const fresh = rate(`gondola_freshness_seconds_bucket{${FRESH_BOUND}}`);
    return {
      record: lateShare(window),
      expr: `1 - ${fresh} / ${rate('gondola_freshness_seconds_count')}`,
    };
  });
