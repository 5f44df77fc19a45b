import { INCIDENT_COLUMNS, incidentOfRow, incidentTable, type NumberedIncident } from '@gondola/events';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import type { CommitSink, OutgoingRecord, Position, Published, RecordSink } from '@gondola/stream';
import { allOf } from './all-of.js';
import { sentTo, TableWriter, type LakeDeps } from './table-writer.js';

export interface PartitionIncidents {
  readonly partition: string;
  readonly incidents: readonly NumberedIncident[];
}

export interface IncidentSinkOptions {
  readonly stream: string;
  /** Where changes are published once the table has them. */
  readonly output: RecordSink;
  /** null: there is no contract to publish them by; the table has them all the same. */
  readonly encode: ((numbered: NumberedIncident) => OutgoingRecord) | null;
}

const PATH = 'incidents';
const INCIDENT_BYTES_ABOUT = 500;

/** Name of the `txn` entry that counts a partition's changes. */
const countOf = (partition: string) => `${partition}#incidents`;

/**
 * Changes of incidents. Their numbers come with them, out of the state that the signals table commits after this one: what a restart
 * makes known again is here already and is skipped by its number. Two writers are told apart by the count, which
 * each expects to be what it was when it was assigned. The output stream follows as it does for signals.
 */
export class IncidentSink implements CommitSink<readonly PartitionIncidents[]> {
  readonly name = PATH;
  private readonly writer: TableWriter;
  private partitions: readonly string[] = [];
  /** Partition -> number that its next change gets. */
  private next = new Map<string, number>();
  private uncommitted = new Map<string, NumberedIncident[]>();
  private unpublished = new Map<string, readonly NumberedIncident[]>();

  constructor(
    private readonly deps: LakeDeps,
    private readonly options: IncidentSinkOptions,
  ) {
    const { stream } = options;
    this.writer = new TableWriter(deps, {
      ...{ path: PATH, columns: INCIDENT_COLUMNS, dateColumn: 'event_date', stream },
    });
  }

  /** It has no say on where reading starts: the state decides, and numbers tell what is new. */
  async assigned(partitions: readonly string[]): Promise<ReadonlyMap<string, Position | null>> {
    this.partitions = partitions;
    await this.writer.assigned(partitions);
    this.discard();
    await allOf(partitions.map((partition) => this.publishMissing(partition)));
    return new Map();
  }

  write(all: readonly PartitionIncidents[]): void {
    for (const { partition, incidents } of all) {
      const next = this.next.get(partition) ?? 0;
      const news = incidents.filter(({ ordinal }) => ordinal >= next);
      if (news.length === 0) continue;
      const rows = incidentTable(news, { stream: this.options.stream, partition });
      this.writer.add(rows, news.length * INCIDENT_BYTES_ABOUT);
      this.next.set(partition, news[news.length - 1].ordinal + 1);
      this.uncommitted.set(partition, [...(this.uncommitted.get(partition) ?? []), ...news]);
    }
  }

  buffered(): { rows: number; bytes: number } {
    return this.writer.buffered();
  }

  published(): readonly Published[] {
    const tables = this.writer.published();
    return this.options.encode
      ? tables.flatMap((table) => [table, sentTo(this.options.output, table.rows)])
      : tables;
  }

  async commit(): Promise<void> {
    if (this.unpublished.size === 0 && this.uncommitted.size > 0) {
      const counts = [...this.uncommitted.keys()].map((partition) => ({
        name: countOf(partition),
        version: BigInt(this.next.get(partition) ?? 0),
      }));
      await this.writer.commit(new Map(), counts);
      this.unpublished = this.uncommitted;
      this.uncommitted = new Map();
    }
    await allOf(
      [...this.unpublished].map(async ([partition, incidents]) => {
        await this.publish(partition, incidents);
        this.unpublished.delete(partition);
      }),
    );
  }

  discard(): void {
    this.writer.discard();
    this.uncommitted = new Map();
    this.unpublished = new Map();
    this.next = new Map(this.partitions.map((partition) => [partition, this.committed(partition)]));
  }

  private committed(partition: string): number {
    return Number(this.writer.extra(countOf(partition)) ?? 0n);
  }

  /** Changes that the table has and the output stream has not: the last process died between the two. */
  private async publishMissing(partition: string): Promise<void> {
    const published = (await this.options.output.lastSequence(this.producerOf(partition))) + 1;
    if (published >= this.committed(partition)) return;
    await this.publish(partition, await this.readFrom(partition, published));
  }

  private async publish(partition: string, incidents: readonly NumberedIncident[]): Promise<void> {
    const [first] = incidents;
    const { output, encode } = this.options;
    if (!encode) return;
    await output.append(incidents.map(encode), {
      id: this.producerOf(partition),
      sequence: first.ordinal,
    });
  }

  private async readFrom(partition: string, from: number): Promise<NumberedIncident[]> {
    const path = `${this.deps.environment}/${PATH}`;
    const found: NumberedIncident[] = [];
    const snapshot = await readSnapshot(this.deps.store, path, readCheckpoint);
    for (const file of snapshot?.files ?? []) {
      for (const row of await readParquet(await readDataFile(this.deps.store, path, file))) {
        const ordinal = Number(row['ordinal']);
        const isOurs = row['source_stream'] === this.options.stream && row['source_partition'] === partition;
        if (isOurs && ordinal >= from) found.push({ ordinal, incident: incidentOfRow(row) });
      }
    }
    return found.sort((left, right) => left.ordinal - right.ordinal);
  }

  private producerOf(partition: string): string {
    return `${this.deps.environment}/${this.options.stream}/${partition}/${PATH}`;
  }
}
