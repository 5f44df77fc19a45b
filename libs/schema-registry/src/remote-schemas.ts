import {
  Problem,
  type Contract,
  type KnownMessages,
  type KnownSchema,
  type RemoteLookup,
  type RemoteRegistry,
  type SchemaId,
  type SchemaKind,
  type SchemaReference,
} from '@gondola/contract';
import type { Checkpoint, Clock, Log, ObjectStore, Position } from '@gondola/stream';
import { bindSchema } from './bind-schema.js';
import type { SchemaRegistry } from './registry.js';
import { SchemaAsker, type AskerLimits } from './schema-asker.js';
import { SchemaLog, type Generation, type LoggedSchema, type News } from './schema-log.js';

export interface RemoteSchemasDeps {
  /** The contracts of `schemas/`. Their own ids mean nothing here. */
  readonly contracts: SchemaRegistry;
  readonly registry: RemoteRegistry;
  readonly store: ObjectStore;
  /** Of the schemas that the lake's records were read by: `<environment>/_schemas/<name of the registry>`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** Told whenever the registry fails, with the error's code, and with null once it answers again. */
  readonly onAway?: (code: string | null) => void;
}

interface Known {
  /** With which it is used; Infinity until it is in the log. */
  generation: Generation;
  readonly logged: LoggedSchema;
  /** Compiled at its first record. */
  bound: KnownSchema | KnownMessages | Problem | null;
}

const PENDING = new Problem(
  'schema_pending',
  '',
  'the registry has not said yet what this schema is; taken up when it has',
);

/** Name of the `txn` that says which schemas a partition's records were judged by. */
const generationOf = (partition: string): string => `${partition}#schemas`;

/**
 * Contracts of `schemas/` with the ids of a registry elsewhere. Looking up what is known waits for nothing; looking up
 * what is not known asks for it. Two ways to go on meanwhile:
 *
 * - `waits`: the batch waits for the answers that are on their way, each up to its deadline (detection, rebuild).
 * - else records of unknown ids are `schema_pending` and are judged again later. The same record must get the same answer
 *   when it is read again after a crash between the commits of one flush: some tables have that flush, others do not yet.
 *   So what is known changes between flushes only; the log in the lake numbers its states, and the number that a flush is
 *   judged by is in its first commit (bronze). A process that starts judges by that number until all tables are where
 *   the first one was.
 */
export class RemoteSchemas implements SchemaRegistry {
  private readonly known = new Map<SchemaId, Known>();
  /** Known and not yet in the log. */
  private readonly learnt: LoggedSchema[] = [];
  private readonly asker: SchemaAsker;
  private readonly schemaLog: SchemaLog;
  /** Partitions of which, up to `end`, some tables may have what others have not: by which schemas it was judged. */
  private readonly halfDone = new Map<string, { readonly generation: Generation; readonly end: Position }>();
  /** Of the batch that is judged. */
  private generation: Generation = Infinity;
  private isPendingInBatch = false;
  private isPendingInFlush = false;
  private hasWaited = false;
  private settled = 0;
  readonly remote: RemoteLookup;

  constructor(
    private readonly deps: RemoteSchemasDeps,
    private readonly options: AskerLimits & { readonly waits: boolean },
  ) {
    this.asker = new SchemaAsker(
      { ...deps, onFound: (id, schema) => this.found({ ...schema, id }) },
      options,
    );
    this.schemaLog = new SchemaLog(deps.store, deps.folder);
    this.remote = {
      ready: (starts) => this.ready(starts),
      begin: (partition) => this.begin(partition),
      more: () => this.more(),
      idle: () => this.asker.pump(),
    };
  }

  schemaById(id: SchemaId): KnownSchema | KnownMessages | Problem | null {
    const known = this.known.get(id);
    if (known && known.generation <= this.generation)
      return (known.bound ??= bindSchema(this.deps.contracts, known.logged));
    if (!known && this.asker.ask(id) === 'absent') return null;
    this.isPendingInBatch = true;
    return PENDING;
  }

  /** Grows when there may be something to do for who has parked records: an id was answered for, a partition caught up. */
  get changes(): number {
    return this.asker.answers + this.settled;
  }

  /** Resolves when no answer is on its way. */
  answered(): Promise<void> {
    return this.asker.settled();
  }

  /** Partitions are assigned. Of the table that commits first: what its last commit kept of `extras`, and how far it is. */
  restore(
    partitions: readonly string[],
    extra: (name: string) => bigint | undefined,
    position: (partition: string) => Position | undefined,
  ): void {
    this.halfDone.clear();
    this.isPendingInFlush = false;
    for (const partition of partitions) {
      const end = position(partition);
      const generation = Number(extra(generationOf(partition)) ?? 0n);
      if (end !== undefined) this.halfDone.set(partition, { generation, end });
    }
  }

  extras(partitions: Iterable<string>): { readonly name: string; readonly version: bigint }[] {
    return Array.from(partitions, (partition) => ({
      name: generationOf(partition),
      version: BigInt(this.generationOf(partition)),
    }));
  }

  /**
   * All tables have everything up to there: from now on, what was learnt since is known. Throws like the lake; may be
   * repeated.
   */
  async flushed(upTo: Checkpoint): Promise<void> {
    await this.publish();
    this.isPendingInFlush = false;
    this.settle(upTo);
  }

  /** Whether some tables may have of the partition what others have not: what is parked of it has to wait. */
  isHalfDone(partition: string): boolean {
    return this.halfDone.has(partition);
  }

  close(): void {
    this.asker.close();
  }

  private async ready(starts: Checkpoint): Promise<void> {
    this.take(await this.schemaLog.news());
    this.settle(starts);
  }

  private settle(upTo: Checkpoint): void {
    for (const [partition, { end }] of this.halfDone) {
      if ((upTo.get(partition) ?? 0n) < end) continue;
      this.halfDone.delete(partition);
      this.settled++;
    }
  }

  private begin(partition: string): void {
    this.asker.pump();
    this.isPendingInBatch = false;
    this.generation = this.options.waits ? Infinity : this.generationOf(partition);
  }

  private generationOf(partition: string): Generation {
    return this.halfDone.get(partition)?.generation ?? this.schemaLog.generation;
  }

  private more(): Promise<void> | null {
    if (!this.isPendingInBatch) return null;
    // While nothing is known, nobody is there whom waiting would delay; once, so that other framings do not wait again.
    const isFirst = this.schemaLog.generation === 0 && !this.isPendingInFlush && !this.hasWaited;
    if (this.asker.isAsking && (this.options.waits || isFirst)) return this.learn();
    this.isPendingInFlush = true;
    return null;
  }

  private async learn(): Promise<void> {
    const news = await this.schemaLog.news();
    this.take(news);
    if (news.length > 0) return;
    const isFirst = !this.hasWaited;
    this.hasWaited = true;
    await this.asker.settled();
    // Refused before it ever worked: that is the set-up.
    if (this.asker.refusal && isFirst && this.known.size === 0) throw this.asker.refusal;
    if (!this.options.waits) await this.publish();
  }

  private found(schema: LoggedSchema): void {
    // The log may have told meanwhile.
    if (this.known.has(schema.id)) return;
    this.known.set(schema.id, { generation: Infinity, logged: schema, bound: null });
    if (!this.options.waits) this.learnt.push(schema);
  }

  private async publish(): Promise<void> {
    if (this.learnt.length === 0) return;
    const schemas = [...this.learnt];
    this.take(await this.schemaLog.append(schemas));
    this.learnt.splice(0, schemas.length);
  }

  private take(news: readonly News[]): void {
    for (const { schema, generation } of news) {
      const known = this.known.get(schema.id);
      // A schema never changes: what was compiled stays.
      if (known) known.generation = Math.min(known.generation, generation);
      else this.known.set(schema.id, { generation, logged: schema, bound: null });
    }
  }

  contractOf(subjectOrType: string): Contract | null {
    return this.deps.contracts.contractOf(subjectOrType);
  }
  subjects(): readonly string[] {
    return this.deps.contracts.subjects();
  }
  versions(subject: string): readonly number[] {
    return this.deps.contracts.versions(subject);
  }
  schemaText(id: number): string | null {
    return this.deps.contracts.schemaText(id);
  }
  schemaKind(id: number): SchemaKind | null {
    return this.deps.contracts.schemaKind(id);
  }
  schemaReferences(id: number): readonly SchemaReference[] {
    return this.deps.contracts.schemaReferences(id);
  }
  schemaId(subject: string, version: number): number | null {
    return this.deps.contracts.schemaId(subject, version);
  }
  contracts(): readonly Contract[] {
    return this.deps.contracts.contracts();
  }
}
