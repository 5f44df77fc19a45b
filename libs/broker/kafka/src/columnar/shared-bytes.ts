import { release } from '@gondola/stream';

/** Bytes that several have a share in: given back when the last of them has no more use for them. */
export class SharedBytes {
  private shares = 0;

  constructor(private readonly bytes: Buffer) {}

  share(): void {
    this.shares++;
  }

  giveBack(): void {
    if (--this.shares === 0) releaseOwn(this.bytes);
  }
}

/** Only what was put together from pieces is ours: one piece is part of what the socket, or a codec, holds. */
export function releaseOwn(bytes: Buffer): void {
  if (bytes.byteOffset === 0 && bytes.length === bytes.buffer.byteLength) release(bytes);
}
