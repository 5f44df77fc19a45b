import { GondolaError, systemClock } from '@gondola/stream';

/** Repeats what says that it may be repeated, as services do: the file of a stream is locked while another process writes to it. */
export async function patiently(work: () => Promise<void> | void): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GondolaError) || !error.canRetry) throw error;
      await systemClock.sleep(50);
    }
  }
}
