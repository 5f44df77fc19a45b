import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * This thread works when the others of the machine do not: sums can wait, and who asks for a shelf waits for the main thread. Only
 * Linux has a priority of each thread; elsewhere nothing is done. Returns whether it was.
 */
export function giveWay(): boolean {
  try {
    // `<pid>/task/<tid>`: Node tells no thread its number.
    const thread = readlinkSync('/proc/thread-self').split('/').at(-1);
    setPriority(Number(thread), Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
    return true;
  } catch {
    return false;
  }
}
