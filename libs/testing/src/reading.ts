import {
  GondolaError,
  recordAt,
  systemClock,
  type Checkpoint,
  type RecordBatch,
  type RecordView,
  type Source,
} from '@gondola/stream';

const WAIT_MS_MAX = 20_000;

/** An open source with the assignment it has. World failures that can be retried are, as the runner does. */
export class Reading {
  /** What the listener was told, in order. */
  readonly log: string[] = [];
  partitions: readonly string[] = [];

  private constructor(readonly source: Source) {}

  static async of(source: Source, starts: Checkpoint): Promise<Reading> {
    const reading = new Reading(source);
    await source.open({
      assigned: async (partitions) => {
        reading.partitions = [...partitions].sort();
        reading.log.push(`assigned ${partitions.length}`);
        return starts;
      },
      revoked: async () => void reading.log.push('revoked'),
    });
    return reading;
  }

  /** The next batch, null when none comes for long. */
  async next(): Promise<RecordBatch | null> {
    for (let waitedMs = 0; waitedMs < WAIT_MS_MAX; waitedMs += 200) {
      const batch = await this.pollOnce();
      if (batch) return batch;
    }
    return null;
  }

  /** Everything up to the end, batch by batch. */
  async batches(): Promise<RecordBatch[]> {
    const batches: RecordBatch[] = [];
    await untilTrue(async () => {
      const batch = await this.pollOnce();
      if (batch) batches.push(batch);
      return !batch && (await this.source.caughtUp()).length === this.partitions.length;
    });
    return batches;
  }

  async drain(): Promise<RecordView[]> {
    return (await this.batches()).flatMap((batch) =>
      Array.from({ length: batch.count }, (_, index) => recordAt(batch, index)),
    );
  }

  /** Over all partitions, in whatever unit. */
  async behind(): Promise<number> {
    const { partitions } = await this.source.lag();
    return [...partitions.values()].reduce((sum, lag) => sum + lag, 0);
  }

  private async pollOnce(): Promise<RecordBatch | null> {
    try {
      return await this.source.poll(200);
    } catch (error) {
      if (!(error instanceof GondolaError) || !error.canRetry) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return null;
    }
  }
}

export async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.nowMs() + WAIT_MS_MAX;
  while (!(await isTrue()))
    if (systemClock.nowMs() > deadlineMs) throw new Error(`not true within ${WAIT_MS_MAX} ms`);
}
