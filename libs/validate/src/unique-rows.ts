import { RowHasher } from '@gondola/contract';
import { FAILS, type EventBatch, type IdentityColumns, type TellIdentity } from '@gondola/events';
import { IdentityWindow } from './identity-window.js';

/** Which records say what another one of the same partition said before, within a window of event time. */
export class UniqueRows {
  private readonly windows = new Map<string, IdentityWindow>();
  private readonly hasher: RowHasher;

  constructor(
    readonly subject: string,
    readonly identity: IdentityColumns,
    readonly windowMs: number,
  ) {
    this.hasher = new RowHasher(subject, identity.columns);
  }

  /** Forgets everything; returns whom to tell what these partitions have had. */
  assigned(partitions: Iterable<string>): TellIdentity {
    this.windows.clear();
    for (const partition of partitions) this.windowOf(partition);
    return (partition, identity, eventTimeMs) => this.windows.get(partition)?.remember(identity, eventTimeMs);
  }

  check(batch: EventBatch, partition: string, verdict: Uint8Array): void {
    const window = this.windowOf(partition);
    const { hasher } = this;
    const { recordIndex, eventTimeMs } = batch;
    hasher.open(batch);
    for (let row = 0; row < recordIndex.length; row++) {
      if (row > 0 && recordIndex[row] === recordIndex[row - 1]) continue;
      hasher.hash(row);
      if (!window.pass(hasher.low, hasher.high, eventTimeMs[row])) verdict[row] = FAILS;
    }
  }

  private windowOf(partition: string): IdentityWindow {
    const known = this.windows.get(partition);
    if (known) return known;
    const window = new IdentityWindow(this.windowMs);
    this.windows.set(partition, window);
    return window;
  }
}
