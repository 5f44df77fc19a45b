/** What serves a metric; `gondola up` is all of them in one process. */
export type MetricService = 'ingest' | 'detect' | 'api' | 'collector';

export const PIPELINES: readonly MetricService[] = ['ingest', 'detect'];
export const EVERY_SERVICE: readonly MetricService[] = ['ingest', 'detect', 'api', 'collector'];

export interface MetricSpec {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What one is of it: `seconds`, `bytes`, `ratio` and the like stand in the name as well. */
  readonly unit: string;
  readonly help: string;
  /** Only labels whose values come from configuration or a closed list: never a shelf, a record or free text. */
  readonly labels: readonly MetricLabel[];
  readonly services: readonly MetricService[];
  readonly buckets?: readonly number[];
  /** Buckets keep the trace of the last request or commit that fell into them. */
  readonly hasExemplars?: true;
}

/** What bounds the values of a label: that is what bounds the series. */
export interface LabelBound {
  /** `closed`: a list in the code; `configured`: what an operator named; `limited`: the largest stay, others are left out. */
  readonly by: 'closed' | 'configured' | 'limited';
  readonly values: string;
}

const closed = (values: string): LabelBound => ({ by: 'closed', values });
const configured = (values: string): LabelBound => ({ by: 'configured', values });
const limited = (values: string): LabelBound => ({ by: 'limited', values });

/** Every label that a metric may have. What is not here has no bound, and so is no label. */
export const LABELS = {
  pipeline: closed('ingest, detect'),
  stream: configured('streams that a service reads: one, and up to 11 more that detection reads whole'),
  partition: configured('partitions of a stream that this process reads'),
  sink: closed(
    'tables and streams that a pipeline writes: bronze and its stream, silver, quality, quarantine and the like',
  ),
  stage: closed('stages that reject records: validate, dedupe'),
  reason: closed(
    'reasons for quarantine, and duplicate: about 22; what detection doubts, why spans or lineage are left out: 9; why the api lets a request not in: 13; why signals are given up: 3',
  ),
  subject: configured('contracts; empty where a record did not get so far'),
  expectation: configured('expectations of a contract'),
  code: closed('codes of errors: about 25'),
  what: closed('lake, stream, registry'),
  model: closed('champion, challenger, shipped'),
  kind: closed('kinds of signals (6) or of incidents (4)'),
  bound: closed('value, low, high'),
  method: closed('methods of HTTP'),
  route: closed('patterns of routes, never the path asked for; unmatched where there is none'),
  status: closed('statuses of HTTP that are answered'),
  producer: configured('producers of the keys file, 1,000 at most; unknown where the key was none of it'),
  outcome: closed('accepted, or the reason why not'),
  subscription: configured('subscriptions to webhooks, 50 at most'),
  failure: closed('why a receiver of webhooks did not take a request: 9'),
  operation: closed('put, get, list, delete'),
  direction: closed('read, written'),
  file: configured('certificate files of the configuration, by name without folder'),
  version: closed('that of this process'),
  environment: configured('that of this process'),
  store: limited('metrics.storesMax of detection, 1,000 unless set otherwise; the others have no series'),
  item: limited('metrics.itemsMax of detection, 20 unless set otherwise: those with the largest lost sales'),
  category: limited('metrics.categoriesMax of detection, 100 unless set otherwise'),
  currency: closed('currencies that events name: a store has one, most chains too'),
} as const satisfies Record<string, LabelBound>;

export type MetricLabel = keyof typeof LABELS;
