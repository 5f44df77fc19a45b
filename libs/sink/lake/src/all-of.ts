/** Waits for all, also when some fail: nobody is still at work when the caller hears of the first error. */
export async function allOf(works: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works))
    if (outcome.status === 'rejected') throw outcome.reason;
}
