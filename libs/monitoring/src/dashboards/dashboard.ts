/** What a panel's numbers are, as Grafana names units. */
export type Unit =
  | 'short'
  | 'none'
  | 'bool'
  | 'percentunit'
  | 's'
  | 'bytes'
  | 'Bps'
  | 'reqps'
  | 'suffix: per hour'
  | 'suffix: per second'
  | 'suffix: events/s'
  | 'suffix: rows/s'
  | 'suffix: of 100';

/** From which value on which colour. The first has no value: it is of what is below all others. */
export type Thresholds = readonly [
  { readonly color: Color },
  ...{ readonly color: Color; readonly from: number }[],
];
type Color = 'green' | 'orange' | 'red' | 'blue';

/** Nothing is too much or too little of it. */
export const ANY: Thresholds = [{ color: 'blue' }];
/** Worse the higher. */
export const notAbove = (orange: number, red: number): Thresholds => [
  { color: 'green' },
  { color: 'orange', from: orange },
  { color: 'red', from: red },
];
/** Worse the lower: below `red`, and below `green`. */
export const notBelow = (red: number, green: number): Thresholds => [
  { color: 'red' },
  { color: 'orange', from: red },
  { color: 'green', from: green },
];
/** 0 is as it should be. */
export const NONE_AT_ALL: Thresholds = [{ color: 'green' }, { color: 'red', from: 0.000_001 }];

interface Query {
  /** PromQL, with Grafana's variables. */
  readonly expr: string;
  /** Name of each line: `{{label}}` is replaced; left out: all labels. */
  readonly legend?: string;
  /** Shows the traces that its buckets kept. */
  readonly hasExemplars?: true;
}

interface PanelOf {
  readonly title: string;
  /** In plain words: what is seen, and when to worry. */
  readonly description: string;
  readonly unit: Unit;
  readonly thresholds: Thresholds;
  /** Of 24 columns. */
  readonly width: number;
  /** Name of an alert whose runbook says what to do. */
  readonly runbook?: string;
}

/** One column of a table: a query's value, joined to the others by the labels that they share. */
interface TableColumn {
  readonly title: string;
  readonly expr: string;
  readonly unit: Unit;
  readonly thresholds?: Thresholds;
}

export type Panel =
  | (PanelOf & { readonly kind: 'timeseries' | 'stat' | 'bargauge'; readonly queries: readonly Query[] })
  /** Of one query that gives buckets by `le`. */
  | (PanelOf & { readonly kind: 'heatmap'; readonly queries: readonly [Query] })
  | (PanelOf & {
      readonly kind: 'table';
      readonly columns: readonly TableColumn[];
      /** Labels that make a row, as they are called in its head. */
      readonly rows: Readonly<Record<string, string>>;
      /** Where a row leads: Grafana's variables may stand in it. */
      readonly rowUrl?: string;
    });

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export type Variable =
  /** Values of a label of a metric. `all`: several or all of them, matched by `=~`; else one. */
  | {
      readonly kind: 'label';
      readonly name: string;
      readonly label: string;
      readonly metric: string;
      readonly all: boolean;
    }
  /** What whoever looks at it types in. */
  | {
      readonly kind: 'text';
      readonly name: string;
      readonly label: string;
      readonly value: string;
    };

export interface Dashboard {
  /** Stands in its address and names its file: never changed. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

/** Every query of a panel. */
export const queriesOf = (panel: Panel): readonly string[] =>
  panel.kind === 'table' ? panel.columns.map(({ expr }) => expr) : panel.queries.map(({ expr }) => expr);
