/** What of the door's memory one request holds until it is answered. */
export interface Place {
  /** False when there is no room for so many more bytes. */
  reserve(bytes: number): boolean;
  /** Once. */
  leave(): void;
}

export interface IntakeLimits {
  readonly requestsMax: number;
  readonly bytesMax: number;
}

/** Counts the requests that are inside and the bytes they hold: a door that takes more than it can carry loses it. */
export class Intake {
  requests = 0;
  bytes = 0;
  private readonly empty = new Set<() => void>();

  constructor(private readonly limits: IntakeLimits) {}

  /** null: full. */
  enter(): Place | null {
    if (this.requests >= this.limits.requestsMax) return null;
    this.requests++;
    let held = 0;
    return {
      reserve: (bytes) => {
        if (this.bytes + bytes > this.limits.bytesMax) return false;
        held += bytes;
        this.bytes += bytes;
        return true;
      },
      leave: () => {
        this.requests--;
        this.bytes -= held;
        if (this.requests === 0) for (const resolve of this.empty) resolve();
      },
    };
  }

  /** Resolves when nobody is inside. */
  async emptied(): Promise<void> {
    if (this.requests > 0) await new Promise<void>((resolve) => this.empty.add(resolve));
  }
}
