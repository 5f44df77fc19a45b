import { crc32 } from 'node:zlib';
import rhea, { type Message } from 'rhea';

/** An AMQP event as a partition keeps it: ready to be sent, with what its annotations say of it. */
export interface StoredEvent {
  readonly sequenceNumber: number;
  readonly offset: string;
  readonly enqueuedMs: number;
  readonly encoded: Buffer;
}

/** Where a receiver starts: `(field) (> or >=) 'value'` of its selector. */
export interface StartFilter {
  readonly field: 'offset' | 'sequence-number' | 'enqueued-time';
  readonly isInclusive: boolean;
  readonly value: string;
}

/** Of CommonJS: it has no named exports at run time. */
const { message: amqp } = rhea;

const PARTITION_KEY = 'x-opt-partition-key';

/** One partition: events with rising sequence numbers, of which the oldest may have been forgotten. */
export class EventLog {
  private readonly events: StoredEvent[] = [];
  private nextSequenceNumber = 0;
  private bytes = 0;
  private newestMs = 0;

  append(event: Message, partitionKey: string | undefined, enqueuedMs: number): void {
    const sequenceNumber = this.nextSequenceNumber++;
    const offset = String(this.bytes);
    const encoded = amqp.encode({
      ...event,
      message_annotations: {
        ...event.message_annotations,
        ...(partitionKey === undefined ? {} : { [PARTITION_KEY]: partitionKey }),
        'x-opt-sequence-number': sequenceNumber,
        'x-opt-offset': offset,
        'x-opt-enqueued-time': new Date(enqueuedMs),
      },
    });
    this.bytes += encoded.length;
    this.newestMs = enqueuedMs;
    this.events.push({ sequenceNumber, offset, enqueuedMs, encoded });
  }

  /** Retention: what was enqueued before is gone; sequence numbers go on. */
  trim(beforeMs: number): void {
    const kept = this.events.findIndex((event) => event.enqueuedMs >= beforeMs);
    this.events.splice(0, kept < 0 ? this.events.length : kept);
  }

  from(sequenceNumber: number): StoredEvent | undefined {
    return this.events[Math.max(0, sequenceNumber - this.oldest())];
  }

  /** Sequence number to read on from, or why the service would not have it. */
  start({ field, isInclusive, value }: StartFilter): number | { refused: string } {
    if (value === '@latest') return this.nextSequenceNumber;
    const last = this.nextSequenceNumber - 1;
    if (field === 'sequence-number') {
      if (Number(value) > last)
        return {
          refused: `The supplied sequence number '${value}' is invalid. The last sequence number in the system is '${last}'`,
        };
      return Number(value) + (isInclusive ? 0 : 1);
    }
    const isPast = (event: StoredEvent) => {
      const own = field === 'offset' ? Number(event.offset) : event.enqueuedMs;
      return isInclusive ? own >= Number(value) : own > Number(value);
    };
    return this.events.find(isPast)?.sequenceNumber ?? this.nextSequenceNumber;
  }

  properties() {
    return {
      begin_sequence_number: this.oldest(),
      last_enqueued_sequence_number: this.nextSequenceNumber - 1,
      last_enqueued_offset: this.events.at(-1)?.offset ?? '-1',
      last_enqueued_time_utc: new Date(this.newestMs),
      is_partition_empty: this.events.length === 0,
    };
  }

  private oldest(): number {
    return this.nextSequenceNumber - this.events.length;
  }
}

/** A hub: partitions, the consumer groups that were made, and where events go that name no partition. */
export class EventHub {
  readonly name: string;
  readonly partitions: readonly EventLog[];
  readonly consumerGroups = new Set(['$Default']);
  private turn = 0;

  /** No parameter property: Node strips types alone where benchmarks run this. */
  constructor(name: string, partitions: number) {
    this.name = name;
    this.partitions = Array.from({ length: partitions }, () => new EventLog());
  }

  /** `format` other than 0: an envelope whose data sections are events of one key. */
  append(sent: Message | Buffer, partition: number | undefined, enqueuedMs: number): void {
    const outer = Buffer.isBuffer(sent) ? decode(sent) : sent;
    const key = outer.message_annotations?.[PARTITION_KEY] as string | undefined;
    const log = this.partitions[partition ?? this.partitionOf(key)];
    const events = Buffer.isBuffer(sent) ? sectionsOf(outer).map(decode) : [outer];
    for (const event of events) log.append(event, key, enqueuedMs);
  }

  /** Stable, and not the service's own hash: nobody may count on which partition it is. */
  private partitionOf(key: string | undefined): number {
    return (key === undefined ? this.turn++ : crc32(key)) % this.partitions.length;
  }
}

/** Its typings know two kinds of message that are one. */
const decode = (encoded: Buffer) => amqp.decode(encoded) as unknown as Message;

function sectionsOf({ body }: Message): Buffer[] {
  const { content } = body as { content: Buffer | Buffer[] };
  return Array.isArray(content) ? content : [content];
}
