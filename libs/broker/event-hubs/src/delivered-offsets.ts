import type { ReceivedEventData } from '@azure/event-hubs';
import type { Checkpoint, Position } from '@gondola/stream';

interface Delivered {
  readonly sequenceNumber: number;
  readonly offset: string;
}

/** A checkpoint in the store wants the offset of an event, which our positions do not hold: those of batch ends are kept. */
export class DeliveredOffsets {
  private readonly ends = new Map<string, Map<Position, Delivered>>();

  add(partition: string, { sequenceNumber, offset }: ReceivedEventData): void {
    const ends = this.ends.get(partition) ?? new Map<Position, Delivered>();
    this.ends.set(partition, ends);
    ends.set(BigInt(sequenceNumber) + 1n, { sequenceNumber, offset });
  }

  /** The last event below each position, where a batch ended there; what is below is forgotten. */
  upTo(positions: Checkpoint): [string, Delivered][] {
    return [...positions].flatMap(([partition, position]): [string, Delivered][] => {
      const ends = this.ends.get(partition);
      const end = ends?.get(position);
      for (const below of ends?.keys() ?? []) if (below <= position) ends?.delete(below);
      return end ? [[partition, end]] : [];
    });
  }

  clear(): void {
    this.ends.clear();
  }
}
