import type { StateCopy } from '@gondola/sink-lake';

/** One copy after the other, both of the same moment. */
export function bothCopies(first: StateCopy, second: StateCopy): StateCopy {
  return {
    next: () => first.next() ?? second.next(),
    stop: () => {
      first.stop();
      second.stop();
    },
  };
}
