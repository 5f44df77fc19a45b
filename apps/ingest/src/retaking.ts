import {
  claimPartitions,
  createQuarantineReplay,
  guardOf,
  quarantinedPositions,
  readClaims,
  type Claims,
  type QuarantineChoice,
  type QuarantineReplay,
  type QuarantineReplayOptions,
  type UpkeepDeps,
} from '@gondola/lake-upkeep';
import type { RemoteSchemas } from '@gondola/schema-registry';
import {
  FencedError,
  type Checkpoint,
  type CommitSink,
  type RecordBatch,
  type Rejection,
} from '@gondola/stream';

export interface RetakingDeps {
  readonly schemas: RemoteSchemas;
  readonly upkeep: UpkeepDeps;
  readonly stream: string;
  readonly subjects: readonly string[];
  readonly isPending: (records: RecordBatch, index: number) => boolean;
  /** The running service's own stages, which are not assigned anew: dedupe goes on from what it knows. */
  readonly createPipeline: QuarantineReplayOptions['createPipeline'];
  /** Taken up records have changed these tables beside their sinks. */
  readonly silver: Pick<CommitSink<unknown>, 'assigned'>;
  /** There is no next flush: answers that are on their way are waited for. */
  readonly once: boolean;
}

const REASONS: ReadonlySet<string> = new Set(['schema_pending']);

const parkedOf = (stream: string, partitions: readonly string[]): QuarantineChoice => ({
  stream,
  partitions: new Set(partitions),
  reasons: REASONS,
});

/**
 * Records whose schema was not known stand in quarantine as `schema_pending`. When the registry has answered, they go
 * through the same stages once more and their rows replace what stands there. It happens at the end of a flush, when
 * nothing is buffered and the tables, the positions and dedupe agree: so a duplicate that came meanwhile is seen, and
 * neither a kill nor a repeated commit doubles a row (see `QuarantineReplay`). Who takes over a partition claims what is
 * parked of it: its former owner, should he be in
 * the middle of this, gives it up.
 */
export class Retaking {
  private partitions: readonly string[] = [];
  private parked: Awaited<ReturnType<typeof quarantinedPositions>> = { records: 0, has: () => false };
  /** Parked records, those not committed yet among them. */
  private rows = 0;
  private changesSeen = -1;
  private claims: Claims = new Map();
  private isGivenUp = false;
  private replay: { readonly files: QuarantineReplay; readonly changes: number } | null = null;

  constructor(private readonly deps: RetakingDeps) {}

  /** Records that wait in quarantine; dedupe must not remember what a killed process had already written of them. */
  isParked(partition: string, position: bigint): boolean {
    return this.parked.has(partition, position);
  }

  /** Takes parked records up after each flush in which their schemas became known. */
  around(quarantine: CommitSink<readonly Rejection[]>): CommitSink<readonly Rejection[]> {
    return {
      name: quarantine.name,
      assigned: async (partitions) => {
        const positions = await quarantine.assigned(partitions);
        await this.takeOver(partitions);
        return positions;
      },
      write: (rejected, context) => {
        quarantine.write(rejected, context);
        for (const { reason } of rejected) if (reason === 'schema_pending') this.rows++;
      },
      // What can be taken up waits for the next flush like everything else.
      buffered: () => {
        const buffered = quarantine.buffered();
        return this.isDue() ? { ...buffered, rows: buffered.rows + 1 } : buffered;
      },
      commit: async (upTo) => {
        await quarantine.commit(upTo);
        await this.afterFlush(upTo);
      },
      published: () => quarantine.published?.() ?? [],
      discard: () => quarantine.discard(),
    };
  }

  /** Whoever had the partitions before may be at it still: what he has not taken up by now is ours to take up. */
  private async takeOver(partitions: readonly string[]): Promise<void> {
    const { upkeep, stream } = this.deps;
    this.partitions = partitions;
    [this.replay, this.changesSeen, this.isGivenUp] = [null, -1, false];
    this.claims = await readClaims(upkeep, stream, partitions);
    await this.look();
    if (this.rows === 0) return;
    this.claims = await claimPartitions(upkeep, stream, partitions);
    await this.look();
  }

  private async look(): Promise<void> {
    const { upkeep, stream } = this.deps;
    this.parked = await quarantinedPositions(upkeep, parkedOf(stream, this.partitions));
    this.rows = this.parked.records;
  }

  private isDue(): boolean {
    return this.rows > 0 && !this.isGivenUp && this.deps.schemas.changes !== this.changesSeen;
  }

  private async afterFlush(upTo: Checkpoint): Promise<void> {
    const { schemas, once } = this.deps;
    for (;;) {
      if (once) await schemas.answered();
      await schemas.flushed(upTo);
      if (!this.isDue()) return;
      await this.retake(upTo);
      if (!once) return;
    }
  }

  private async retake(upTo: Checkpoint): Promise<void> {
    const { silver, stream, upkeep } = this.deps;
    this.replay ??= this.startReplay(upTo);
    const { files, changes } = this.replay;
    let records = 0;
    try {
      for (let file = await files.next(); file; file = await files.next()) records += file.records;
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      // What silver has of them already, he replaces.
      this.isGivenUp = true;
      upkeep.log.info({ stream }, 'parked records are taken up by another instance');
    }
    this.changesSeen = changes;
    this.replay = null;
    if (records === 0 && !this.isGivenUp) return;
    await silver.assigned(this.partitions);
    await this.look();
    upkeep.log.info(
      { stream, records, parked: this.rows },
      'records whose schema is known now were taken up',
    );
  }

  private startReplay(upTo: Checkpoint): NonNullable<Retaking['replay']> {
    const { schemas, upkeep, stream, subjects, createPipeline, isPending } = this.deps;
    const isWanted: QuarantineChoice['isWanted'] = (records, index) => {
      if (index === 0) schemas.remote.begin(records.partition);
      return !isPending(records, index);
    };
    // Of a partition that is half done, dedupe does not know yet what silver has already.
    const whole = this.partitions.filter((partition) => !schemas.isHalfDone(partition));
    const files = createQuarantineReplay(upkeep, {
      choice: { ...parkedOf(stream, whole), isWanted },
      createPipeline,
      subjects,
      guard: guardOf(stream, upTo, this.claims),
    });
    return { files, changes: schemas.changes };
  }
}
