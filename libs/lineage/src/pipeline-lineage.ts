import {
  createUuidV7,
  GondolaError,
  positionAt,
  type Checkpoint,
  type Clock,
  type Commit,
  type PipelineWatcher,
  type Position,
  type Published,
  type RecordBatch,
} from '@gondola/stream';
import {
  createFacets,
  RUN_EVENT_SCHEMA,
  type Dataset,
  type DatasetName,
  type FacetMaker,
  type RunEvent,
} from './run-event.js';

/** How streams and tables are named. */
export interface DatasetNames {
  stream(name: string): DatasetName;
  /** Below the environment's folder. */
  table(path: string): DatasetName;
}

export interface PipelineLineageOptions {
  /** As metrics call it. */
  readonly pipeline: string;
  /** Of the job. */
  readonly namespace: string;
  /** What it reads. */
  readonly input: DatasetName;
  readonly names: DatasetNames;
  /** Of Góndola. */
  readonly version: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Takes an event and never waits nor throws. */
  readonly add: (event: RunEvent) => void;
}

/**
 * The lineage of one pipeline: a run from the first assignment until the process ends, with an event for each commit that says
 * which records became which rows. Decision note 0041.
 */
export class PipelineLineage implements PipelineWatcher {
  private readonly facets: FacetMaker;
  private readonly runId: string;
  private hasStarted = false;
  /** Where the next commit's records of each partition begin, as far as that is known. */
  private from = new Map<string, Position>();
  private records = 0;
  /** Everything that this run wrote to, by namespace and name. */
  private readonly written = new Map<string, Dataset>();

  constructor(private readonly options: PipelineLineageOptions) {
    this.facets = createFacets(options.version);
    this.runId = createUuidV7(options.clock.nowMs)();
  }

  assigned(_stream: string, starts: Checkpoint): void {
    this.from = new Map(starts);
    this.records = 0;
    if (this.hasStarted) return;
    this.hasStarted = true;
    this.emit('START', [this.options.input], []);
  }

  reading(batch: RecordBatch): null {
    this.records += batch.count;
    if (batch.count > 0 && !this.from.has(batch.partition))
      this.from.set(batch.partition, positionAt(batch, 0));
    return null;
  }

  processed(): void {}

  committing(): null {
    return null;
  }

  committed({ upTo, sinks }: Commit): void {
    const outputs = sinks.flatMap(({ published }) => published).map((one) => this.outputOf(one));
    const moved = [...upTo].filter(([partition, to]) => this.from.get(partition) !== to);
    if (outputs.length === 0 && moved.length === 0) return;
    const partitions = moved.map(([partition, to]) => {
      const from = this.from.get(partition);
      return [partition, { from: from === undefined ? null : `${from}`, to: `${to}` }] as const;
    });
    const inputFacets = {
      gondola_positions: this.facets.positions(Object.fromEntries(partitions), this.records),
    };
    this.emit('RUNNING', [{ ...this.options.input, inputFacets }], outputs);
    for (const [partition, to] of moved) this.from.set(partition, to);
    this.records = 0;
  }

  discarded(): void {
    this.records = 0;
  }

  ended(error: unknown): void {
    if (!this.hasStarted) return;
    const outputs = [...this.written.values()];
    if (error === null) return this.emit('COMPLETE', [this.options.input], outputs);
    // A message of what nobody foresaw may quote anything: only ours are known to name no person.
    const message =
      error instanceof GondolaError ? `${error.code}: ${error.message}` : 'see the log of the process';
    this.emit('FAIL', [this.options.input], outputs, message);
  }

  private outputOf({ kind, name, rows, bytes, files, columns, version }: Published): Dataset {
    const { names } = this.options;
    const dataset = {
      ...(kind === 'table' ? names.table(name) : names.stream(name)),
      ...(columns ? { facets: { schema: this.facets.schema(columns) } } : {}),
    };
    this.written.set(`${dataset.namespace} ${dataset.name}`, dataset);
    const statistics = { rowCount: rows, size: bytes, fileCount: files };
    return {
      ...dataset,
      facets: {
        ...dataset.facets,
        ...(version === undefined ? {} : { version: this.facets.version(version) }),
      },
      outputFacets: { outputStatistics: this.facets.outputStatistics(statistics) },
    };
  }

  private emit(
    eventType: RunEvent['eventType'],
    inputs: readonly Dataset[],
    outputs: readonly Dataset[],
    failure?: string,
  ): void {
    const { pipeline, namespace, input, clock, add } = this.options;
    add({
      eventType,
      eventTime: new Date(clock.nowMs()).toISOString(),
      producer: this.facets.producer,
      schemaURL: RUN_EVENT_SCHEMA,
      run: {
        runId: this.runId,
        facets: {
          processing_engine: this.facets.processingEngine(),
          ...(failure === undefined ? {} : { errorMessage: this.facets.errorMessage(failure) }),
        },
      },
      job: { namespace, name: `${pipeline}.${input.name}`, facets: { jobType: this.facets.jobType() } },
      inputs,
      outputs,
    });
  }
}
