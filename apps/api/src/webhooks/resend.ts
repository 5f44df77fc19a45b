import type { DeadLetter, DeadLetters, LetterFile } from './dead-letters.js';
import { send, type MessageTools } from './message.js';
import { isFinal, type Failure } from './post.js';
import type { Subscription } from './webhooks.config.js';

export interface Resent {
  readonly sent: number;
  /** Dead letters that are left, of those that were wanted. */
  readonly left: number;
  /** Why it ended early: the receiver is away. null: it did not. */
  readonly failure: Failure | null;
}

export interface ResendDeps extends MessageTools {
  readonly letters: DeadLetters;
  /** Dead letters of other signals stay as they are. */
  readonly wants: (letter: DeadLetter) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Sends dead letters of a subscription again, the longest dead first, by the same ids. What was sent is no dead letter any more;
 * killed meanwhile, some of it is sent once more the next time. Errors: those of the store, `lake_corrupt`.
 */
export async function resend(subscription: Subscription, deps: ResendDeps): Promise<Resent> {
  const total = { sent: 0, left: 0 };
  let failure: Failure | null = null;
  for await (const file of deps.letters.of(subscription.name)) {
    const wanted = file.letters.filter(deps.wants);
    if (wanted.length === 0) continue;
    if (failure !== null || deps.signal.aborted) {
      total.left += wanted.length;
      continue;
    }
    const done = await resendFile(subscription, { ...file, letters: wanted }, deps);
    failure = done.failure;
    total.sent += done.sent.size;
    total.left += wanted.length - done.sent.size;
    if (done.sent.size === 0) continue;
    // First what is left: between the two nothing may be lost.
    await deps.letters.put(file.letters.filter((letter) => !done.sent.has(letter)));
    await deps.letters.remove(file);
  }
  return { ...total, failure };
}

async function resendFile(
  subscription: Subscription,
  { letters }: LetterFile,
  deps: ResendDeps,
): Promise<{ sent: Set<DeadLetter>; failure: Failure | null }> {
  const sent = new Set<DeadLetter>();
  const size = subscription.format === 'batch' ? subscription.batchMax : 1;
  for (let from = 0; from < letters.length && !deps.signal.aborted; from += size) {
    const some = letters.slice(from, from + size);
    const outcome = await send(
      subscription,
      some.map(({ event }) => event),
      deps,
    );
    if (outcome.isSent) for (const letter of some) sent.add(letter);
    else if (!isFinal(outcome.failure)) return { sent, failure: outcome.failure };
  }
  return { sent, failure: null };
}
