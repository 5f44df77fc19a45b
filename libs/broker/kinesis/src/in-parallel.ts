const CALLS_MAX = 16;

/** Runs `action` for each, a few at a time: a thousand shards are neither a thousand sockets nor a thousand round trips. */
export async function inParallel<T>(values: Iterable<T>, action: (value: T) => Promise<void>): Promise<void> {
  const left = values[Symbol.iterator]();
  const work = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await action(next.value);
  };
  await Promise.all(Array.from({ length: CALLS_MAX }, work));
}
