/** A hub may have a thousand partitions; so many requests are on their way at once. */
const AT_ONCE_MAX = 32;

/** Runs `action` for each item, some at a time, and fails with the first failure once what was begun has ended. */
export async function inParallel<T>(items: Iterable<T>, action: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  let failure: { readonly error: unknown } | null = null;
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined && !failure; item = waiting.shift())
      await action(item).catch((error: unknown) => (failure ??= { error }));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, waiting.length) }, work));
  const found = failure as { readonly error: unknown } | null;
  if (found) throw found.error;
}
