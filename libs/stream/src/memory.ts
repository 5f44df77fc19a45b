/** Bytes of memory that the process holds, as the operating system counts them. */
export const systemMemoryBytes = (): number => process.memoryUsage.rss();

/**
 * Gives the memory behind large views back now. Nobody may look at it any more: it is empty from here on. Without this it
 * waits for the collector, and each 64 MiB that wait make V8 walk all objects.
 */
export function release(...views: readonly ArrayBufferView[]): void {
  for (const { buffer } of views)
    // Smaller ones may be cut from the pool, in which others have a share.
    if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize && !buffer.detached)
      buffer.transfer(0);
}
