import { constants, getPriority, setPriority } from 'node:os';

/**
 * Where all cores are busy this thread has a tenth of one: sums can wait, also who asks for them, and who asks for a shelf waits for the main
 * thread. Only Linux has a priority of each thread; elsewhere nothing is done. Returns whether it was.
 */
export function giveWay(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    // Of the thread that calls: Linux means it by "process".
    setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
    return true;
  } catch {
    return false;
  }
}
