import type { Judged, Split } from './judge-panel.js';
import {
  DELAY_HOURS_MAX,
  FALSE_ALERTS,
  METHODS,
  VELOCITIES,
  type Method,
  type MethodScores,
} from './scores.js';
import { barChart, lineChart, type Axis } from './svg.js';

export interface Report {
  readonly model: string;
  readonly split: Split;
  readonly fromDay: number;
  readonly judged: Pick<Judged, 'shelves' | 'stores' | 'days'>;
  /** Of the scored hours. */
  readonly outShare: number;
  readonly scores: Readonly<Record<Method, MethodScores>>;
  /** What `npm run bench -- ledger --out` wrote, null: not given. */
  readonly ledger: LedgerResult | null;
}

/** The part of the ledger bench's result that the page shows. */
export interface LedgerResult {
  readonly shelf_hours: number;
  readonly prevalence: number;
  readonly denied_by_record: number;
  readonly ap: number;
  readonly ap_phantom: number;
  readonly ap_zero_run_rule: number;
  readonly hours_at_precision_80: {
    readonly event_recall: number;
    readonly median_delay_h: number | null;
  } | null;
  readonly signals: { readonly precision: number; readonly false_alarms_per_shelf_week: number };
}

const NAMES: Readonly<Record<Method, string>> = {
  rule: 'hours without a sale',
  filter: 'filter',
  model: 'model',
};
const COLORS: Readonly<Record<Method, string>> = { rule: '#8a8a8a', filter: '#d98324', model: '#1f6fb2' };
const SPLIT_WORDS: Readonly<Record<Split, string>> = {
  held: "training stores that no tree was grown on; the filter's tables and the calibration know their first days",
  test: 'stores that nothing was fitted on',
};
const SHARE: Omit<Axis, 'label'> = { min: 0, max: 1, step: 0.2 };

/** File name -> content: the page and its pictures. */
export function reportFiles(report: Report): ReadonlyMap<string, string> {
  const { scores } = report;
  const lines = (of: (scores: MethodScores) => MethodScores['curve'], methods: readonly Method[] = METHODS) =>
    methods.map((method) => ({ name: NAMES[method], color: COLORS[method], points: of(scores[method]) }));
  const diagonal = {
    name: 'as stated',
    color: '#bbb',
    dashed: true,
    points: [
      [0, 0],
      [1, 1],
    ] as const,
  };
  const calibrated = lines(
    ({ calibration }) => calibration.map(({ stated, seen }) => [stated, seen]),
    ['filter', 'model'],
  ).map((line) => ({ ...line, dots: true }));
  return new Map([
    ['report.md', page(report)],
    [
      'precision-recall.svg',
      lineChart({
        title: 'Hours out of stock: precision by recall',
        x: { label: 'share of out hours found (recall)', ...SHARE },
        y: { label: 'share right (precision)', ...SHARE },
        lines: lines(({ curve }) => curve),
      }),
    ],
    [
      'calibration.svg',
      lineChart({
        title: 'What a probability is worth',
        x: { label: 'P(out) as stated, in bins of .05', ...SHARE },
        y: { label: 'share of hours out', ...SHARE },
        lines: [...calibrated, diagonal],
      }),
    ],
    [
      'delay.svg',
      lineChart({
        title: `Stockouts found, at ${FALSE_ALERTS} false alerts a shelf and week`,
        x: { label: 'hours since it ran out', min: 0, max: DELAY_HOURS_MAX, step: 2 },
        y: { label: 'share of stockouts found by then', ...SHARE },
        lines: lines(({ foundBy }) => foundBy).map((line) => ({ ...line, dots: true })),
      }),
    ],
    [
      'velocity.svg',
      barChart({
        title: 'Average precision by velocity',
        xLabel: 'units a day',
        y: { label: 'average precision', ...SHARE },
        groups: VELOCITIES.map(({ name }) => name),
        bars: METHODS.map((method) => ({
          name: NAMES[method],
          color: COLORS[method],
          values: scores[method].byVelocity.map((value) => (Number.isNaN(value) ? 0 : value)),
        })),
      }),
    ],
  ]);
}

function page({ model, split, fromDay, judged, outShare, scores, ledger }: Report): string {
  const each = (of: (scores: MethodScores) => readonly (string | number)[]) =>
    METHODS.map((method) => [NAMES[method], ...of(scores[method])]);
  return [
    `# Detection with ${model}`,
    `From sales alone: ${judged.shelves} shelves of ${judged.stores} stores, days ${fromDay} to ${fromDay + judged.days - 1}, ` +
      `hours 06 to 21; ${percent(outShare)} of the hours out of stock. Stores: ${SPLIT_WORDS[split]}.`,
    '"Hours without a sale" is the rule of thumb, "filter" the two-state filter with its calibration, "model" what detection says.',
    table(
      ['', 'average precision', 'precision at recall .5', 'recall at precision .8', 'calibration error'],
      each((one) => [
        one.averagePrecision,
        one.precisionAtRecall50,
        one.recallAtPrecision80,
        one.calibrationError,
      ]),
    ),
    '![precision by recall](precision-recall.svg)',
    '![calibration](calibration.svg)',
    '## Stockouts',
    `A stockout: a shelf runs out within the day for two hours or more. An alert: P rises to the threshold, which is set for ` +
      `${FALSE_ALERTS} false alerts a shelf and week (without the hysteresis that signals have). The first alerted hour counts as 1.`,
    table(
      ['', 'stockouts', 'found', 'median hours to find', 'alerts right', 'false alerts a shelf and week'],
      each(({ events: one }) => [
        String(one.events),
        one.recall,
        one.medianDelayHours,
        one.alertPrecision,
        one.falseAlertsPerShelfWeek,
      ]),
    ),
    '![stockouts found by hours](delay.svg)',
    '## Slow and fast sellers',
    table(
      ['average precision at units a day', ...VELOCITIES.map(({ name }) => name)],
      each((one) => one.byVelocity),
    ),
    '![average precision by velocity](velocity.svg)',
    ...(ledger ? ledgerPart(ledger) : []),
  ]
    .join('\n\n')
    .concat('\n');
}

function ledgerPart(ledger: LedgerResult): string[] {
  const found = ledger.hours_at_precision_80;
  return [
    '## Where stock is recorded',
    `Made-up shops with true and recorded stock (\`npm run bench -- ledger\`): ${ledger.shelf_hours} hours, ${percent(ledger.prevalence)} ` +
      `out of stock, of which the record denies ${percent(ledger.denied_by_record)}. Events at the threshold of 80 % hour precision; ` +
      'signals with their hysteresis.',
    table(
      ['', 'measured', 'goal'],
      [
        ['average precision', ledger.ap, 'at least .86'],
        ['average precision, record denies it', ledger.ap_phantom, 'at least .82'],
        ['average precision of hours without a sale', ledger.ap_zero_run_rule, ''],
        ['stockouts found', found?.event_recall ?? NaN, 'at least .70'],
        ['median hours to find', found?.median_delay_h ?? NaN, 'at most 1'],
        ['signals right', ledger.signals.precision, ''],
        ['false signals a shelf and week', ledger.signals.false_alarms_per_shelf_week, 'at most .5'],
      ],
    ),
  ];
}

/** Numbers with three digits, those that are none as a dash. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) =>
    typeof value === 'string' ? value : Number.isFinite(value) ? value.toFixed(3) : '–';
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
