import {
  GondolaError,
  recordAt,
  systemClock,
  type Checkpoint,
  type RecordBatch,
  type RecordView,
  type Source,
} from '@gondola/stream';

/** So long is waited where a broker does not say how long it may take. */
const WAIT_MS_MAX = 20_000;

/** An open source with the assignment it has. World failures that can be retried are, as the runner does. */
export class Reading {
  /** What the listener was told, in order. */
  readonly log: string[] = [];
  partitions: readonly string[] = [];

  private constructor(
    readonly source: Source,
    private readonly waitMsMax: number,
  ) {}

  static async of(source: Source, starts: Checkpoint, waitMsMax = WAIT_MS_MAX): Promise<Reading> {
    const reading = new Reading(source, waitMsMax);
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
    for (let waitedMs = 0; waitedMs < this.waitMsMax; waitedMs += 200) {
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
    }, this.waitMsMax);
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

export async function untilTrue(isTrue: () => Promise<boolean>, waitMsMax = WAIT_MS_MAX): Promise<void> {
  const deadlineMs = systemClock.nowMs() + waitMsMax;
  while (!(await isTrue()))
    if (systemClock.nowMs() > deadlineMs) throw new Error(`not true within ${waitMsMax} ms`);
}
