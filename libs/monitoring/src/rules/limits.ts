export const ENVIRONMENTS = ['dev', 'qa', 'prod'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Every threshold, once, by environment: dev, qa, prod. Tuned by `npm run bench -- alerts`. */
const LIMITS = {
  /** A store is beyond its usual by so many of its usual deviations ... */
  storeStddevsMin: [6, 5, 4],
  storeOutStddevsMin: [6.5, 5.5, 4.5],
  storePhantomStddevsMin: [5.5, 4.5, 3.5],
  storeLostStddevsMin: [5.5, 4.5, 3.75],
  /** ... and by at least this, as a share of its shelves: out, phantom, coming. */
  storeOutAboveUsualMin: [0.2, 0.15, 0.1],
  storePhantomAboveUsualMin: [0.1, 0.08, 0.05],
  storeComingAboveUsualMin: [0.3, 0.25, 0.2],
  /** ... and, of the money it loses an hour, by this factor. */
  storeLostTimesUsualMin: [4, 3, 2],
  /** Of fewer shelves a share says little. */
  storeShelvesMin: [20, 20, 20],
  storeForMinutes: [20, 15, 10],
  /** A restart takes less; `DetectorSilent` fires before it is over. */
  keepFiringMinutes: [10, 10, 10],
  storeLostForMinutes: [150, 120, 90],
  /** A wave is told of so long before a store opens. */
  comingBeforeOpeningHours: [2, 3, 4],
  feedForMinutes: [10, 5, 2],
  /** Stores that have the same trouble at once, as a share of all, and at least so many: the cause is not in a store. */
  chainShareMin: [0.4, 0.3, 0.2],
  chainStoresMin: [3, 3, 3],
  /** So many at once are no chance: of each it takes fewer deviations than of one alone. */
  chainOutStddevsMin: [5, 4, 3],
  itemForMinutes: [30, 20, 10],
  /** Hours end once an hour, and are judged minutes later. */
  judgedAgeMinutes: [240, 180, 120],
  precisionMin: [0.4, 0.45, 0.5],
  precisionForMinutes: [120, 60, 30],

  catchUpMinutes: [30, 15, 5],
  lagForMinutes: [30, 15, 10],
  /** Share of commits whose rows were readable later than 60 s after the broker had the oldest of their records. */
  freshnessLateShareMax: [0.05, 0.02, 0.01],
  fencedCommitsMin: [20, 10, 5],
  quarantineShareMin: [0.1, 0.05, 0.01],
  quarantineForMinutes: [30, 15, 10],
  outageForMinutes: [15, 5, 2],
  downForMinutes: [15, 5, 2],
  webhookAgeMinutes: [60, 30, 15],
  snapshotAgeMinutes: [180, 90, 45],
  modelAgeDays: [180, 150, 120],
  modelRefusedForMinutes: [60, 30, 15],
  certificateDaysLeft: [7, 14, 21],
  keyDaysLeft: [3, 7, 14],
} as const satisfies Record<string, readonly [dev: number, qa: number, prod: number]>;

export type Limits = Readonly<Record<keyof typeof LIMITS, number>>;

/** What is stricter the higher it is; all others are stricter the lower they are. */
export const STRICTER_HIGHER: ReadonlySet<string> = new Set<keyof Limits>([
  'comingBeforeOpeningHours',
  'precisionMin',
  'certificateDaysLeft',
  'keyDaysLeft',
]);

export function limitsOf(environment: Environment): Limits {
  const column = ENVIRONMENTS.indexOf(environment);
  return Object.fromEntries(Object.entries(LIMITS).map(([name, row]) => [name, row[column]])) as Limits;
}
