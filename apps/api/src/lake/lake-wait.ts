import { GondolaError, SetupError, type Log } from '@gondola/stream';

/** Work that needs the lake, which may be away: that is told once, and once that it answers again. */
export class LakeWait {
  private failures = 0;

  /** `who`: whose work it is, for the log. */
  constructor(
    private readonly log: Log,
    private readonly who: Readonly<Record<string, string>>,
  ) {}

  /** Tries that failed since the last one that did not. */
  get failuresInARow(): number {
    return this.failures;
  }

  /**
   * What `work` gives; undefined: the lake does not answer, and the caller tries again later. `onAway` hears of the first failure.
   * Rejects with what the operator must change, and with faults of the program: another try would end the same.
   */
  async attempt<T extends NonNullable<unknown> | null>(
    work: () => Promise<T>,
    onAway: (error: GondolaError) => void = () => undefined,
  ): Promise<T | undefined> {
    try {
      const done = await work();
      if (this.failures > 0) this.log.info(this.who, 'the lake answers again');
      this.failures = 0;
      return done;
    } catch (error) {
      if (!(error instanceof GondolaError) || error instanceof SetupError) throw error;
      if (this.failures++ > 0) return undefined;
      onAway(error);
      this.log.warn({ ...this.who, code: error.code }, `${error.message}; trying again until it works`);
      return undefined;
    }
  }
}
