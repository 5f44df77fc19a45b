/** Bytes of memory that the process holds, as the operating system counts them. */
export const systemMemoryBytes = (): number => process.memoryUsage.rss();
