import {
  earliestEventPosition,
  type EventHubConsumerClient,
  type EventPosition,
  type ReceivedEventData,
  type Subscription,
} from '@azure/event-hubs';
import type { Position } from '@gondola/stream';
import { bytesOf } from './record-mapping.js';

export interface PartitionReaderOptions {
  readonly partition: string;
  readonly ownerLevel: number;
  /** Sequence number of the next event. */
  readonly next: Position;
  /** Nothing older than this is kept by the hub. */
  readonly oldest: Position;
  /** More than about this is not held for a poll that does not come. */
  readonly bytesMax: number;
}

const BATCH_EVENTS_MAX = 1_000;
/** Also how long the client takes to notice that its connection is gone. */
const WAIT_SECONDS_MAX = 2;
/** The client adds credit with every call, whatever is left of the last: at 2^32 its link breaks. */
const CREDIT_MAX = 1_000_000_000;

/**
 * One partition's events, held until they are polled for.
 *
 *     reading --(too much is held)--> detached --(taken)--> reading;   reading --(error)--> failed
 *
 * To detach is the only backpressure that holds: the client grants credit anew with every call and never takes any back,
 * so that a handler which merely waits lets a link that was quiet for an hour deliver a million events into memory.
 */
export class PartitionReader {
  /** What ended reading, null while it goes on. */
  failure: { readonly error: unknown } | null = null;
  private subscription: Subscription | null = null;
  private detached: Promise<void> = Promise.resolve();
  private isHalted = false;
  private held: ReceivedEventData[] = [];
  private heldBytes = 0;
  private creditGranted = 0;
  private next: Position;

  constructor(
    private readonly client: EventHubConsumerClient,
    private readonly options: PartitionReaderOptions,
    private readonly onChange: () => void,
  ) {
    this.next = options.next;
    this.attach();
  }

  /** The first event that is held, null when none is. */
  first(): ReceivedEventData | null {
    return this.held[0] ?? null;
  }

  /** Everything that is held. Reading goes on if it had stopped for it. */
  take(): ReceivedEventData[] {
    const events = this.held;
    this.held = [];
    this.heldBytes = 0;
    if (!this.subscription) this.attachAgain();
    return events;
  }

  /** Ends for good. What is held is dropped. */
  async halt(): Promise<void> {
    this.isHalted = true;
    this.held = [];
    this.detach();
    await this.detached;
  }

  /** Once the last link is gone: two of one owner level would drive each other out. */
  private attachAgain(): void {
    this.detached.then(() => this.attach()).catch((error: unknown) => this.fail(error));
  }

  private attach(): void {
    if (this.subscription || this.isHalted || this.failure) return;
    this.creditGranted = 0;
    this.subscription = this.client.subscribe(
      this.options.partition,
      {
        processEvents: async (events) => this.hold(events),
        processError: async (error) => this.fail(error),
      },
      {
        startPosition: this.startPosition(),
        ownerLevel: this.options.ownerLevel,
        maxBatchSize: BATCH_EVENTS_MAX,
        prefetchCount: BATCH_EVENTS_MAX,
        maxWaitTimeInSeconds: WAIT_SECONDS_MAX,
        skipParsingBodyAsJson: true,
      },
    );
  }

  /** After the event before, which is there: a hub refuses a start beyond its last event. */
  private startPosition(): EventPosition {
    if (this.next <= this.options.oldest) return earliestEventPosition;
    return { sequenceNumber: Number(this.next - 1n), isInclusive: false };
  }

  private hold(events: readonly ReceivedEventData[]): void {
    if (this.isHalted) return;
    this.creditGranted += BATCH_EVENTS_MAX;
    for (const event of events) {
      // A start after the very last event was seen to give some older ones.
      if (BigInt(event.sequenceNumber) < this.next) continue;
      this.next = BigInt(event.sequenceNumber) + 1n;
      this.held.push(event);
      this.heldBytes += bytesOf(event);
    }
    const isQuietLink = this.creditGranted > CREDIT_MAX;
    if (this.heldBytes > this.options.bytesMax || isQuietLink) this.detach();
    if (isQuietLink && this.held.length === 0) this.attachAgain();
    if (this.held.length > 0) this.onChange();
  }

  private fail(error: unknown): void {
    if (this.isHalted || this.failure) return;
    this.failure = { error };
    this.detach();
    this.onChange();
  }

  private detach(): void {
    const { subscription } = this;
    if (!subscription) return;
    this.subscription = null;
    // Its error is that of a link that is gone anyway.
    this.detached = subscription.close().catch(() => undefined);
  }
}
