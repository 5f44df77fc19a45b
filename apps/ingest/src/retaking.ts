import {
  createQuarantineReplay,
  quarantinedPositions,
  type QuarantineChoice,
  type QuarantineReplay,
  type QuarantineReplayOptions,
  type UpkeepDeps,
} from '@gondola/lake-upkeep';
import type { RemoteSchemas } from '@gondola/schema-registry';
import type { CommitSink, RecordBatch, Rejection } from '@gondola/stream';

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

export interface Retaking {
  /** Records that wait in quarantine; dedupe must not remember what a killed process had already written of them. */
  isParked(partition: string, position: bigint): boolean;
  /** Takes parked records up after each flush in which their schemas became known. */
  around(quarantine: CommitSink<readonly Rejection[]>): CommitSink<readonly Rejection[]>;
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
 * neither a kill nor a repeated commit doubles a row (see `QuarantineReplay`).
 */
export function createRetaking(deps: RetakingDeps): Retaking {
  const { schemas, upkeep, stream, once } = deps;
  let partitions: readonly string[] = [];
  let parked: Awaited<ReturnType<typeof quarantinedPositions>> = { records: 0, has: () => false };
  let rows = 0;
  let changesSeen = -1;
  let replay: { readonly files: QuarantineReplay; readonly changes: number } | null = null;

  const isDue = () => rows > 0 && schemas.changes !== changesSeen;

  async function look(): Promise<void> {
    parked = await quarantinedPositions(upkeep, parkedOf(stream, partitions));
    rows = parked.records;
  }

  function startReplay(): NonNullable<typeof replay> {
    const isWanted: QuarantineChoice['isWanted'] = (records, index) => {
      if (index === 0) schemas.remote.begin(records.partition);
      return !deps.isPending(records, index);
    };
    const { createPipeline, subjects } = deps;
    // Of a partition that is half done, dedupe does not know yet what silver has already.
    const choice = parkedOf(
      stream,
      partitions.filter((partition) => !schemas.isHalfDone(partition)),
    );
    const options = { choice: { ...choice, isWanted }, createPipeline, subjects };
    return { files: createQuarantineReplay(upkeep, options), changes: schemas.changes };
  }

  async function retake(): Promise<void> {
    replay ??= startReplay();
    let records = 0;
    for (let file = await replay.files.next(); file; file = await replay.files.next())
      records += file.records;
    changesSeen = replay.changes;
    replay = null;
    if (records === 0) return;
    await deps.silver.assigned(partitions);
    await look();
    upkeep.log.info({ stream, records, parked: rows }, 'records whose schema is known now were taken up');
  }

  return {
    isParked: (partition, position) => parked.has(partition, position),
    around: (quarantine) => ({
      name: quarantine.name,
      async assigned(assigned) {
        const positions = await quarantine.assigned(assigned);
        partitions = assigned;
        [replay, changesSeen] = [null, -1];
        await look();
        return positions;
      },
      write(rejected, context) {
        quarantine.write(rejected, context);
        for (const { reason } of rejected) if (reason === 'schema_pending') rows++;
      },
      // What can be taken up waits for the next flush like everything else.
      buffered: () => {
        const buffered = quarantine.buffered();
        return isDue() ? { ...buffered, rows: buffered.rows + 1 } : buffered;
      },
      async commit(upTo) {
        await quarantine.commit(upTo);
        for (;;) {
          if (once) await schemas.answered();
          await schemas.flushed(upTo);
          if (!isDue()) return;
          await retake();
          if (!once) return;
        }
      },
      discard: () => quarantine.discard(),
    }),
  };
}
