import { GondolaError } from './errors.js';

/** When nearly everything is bad, stop rather than fill quarantine: the producer or the contract is at fault. */
export interface QuarantineLimit {
  /** Share of quarantined records, 0..1, above which the service stops. 1 switches the limit off. */
  readonly shareMax: number;
  /** Records over which the share is taken; nothing is judged before as many were seen. */
  readonly windowRecords: number;
}

export class QuarantineGuard {
  private records = 0;
  private quarantined = 0;

  constructor(private readonly limit: QuarantineLimit) {}

  /** Counts a batch; returns the error to stop with once the share is over the limit. */
  add(records: number, quarantined: number): GondolaError | null {
    this.records += records;
    this.quarantined += quarantined;
    if (this.records < this.limit.windowRecords) return null;
    const share = this.quarantined / this.records;
    this.records = 0;
    this.quarantined = 0;
    if (share <= this.limit.shareMax) return null;
    return new GondolaError(
      'quarantine_limit',
      `${Math.round(share * 100)} % of the last ${this.limit.windowRecords} records or more were quarantined, ` +
        `the limit is ${Math.round(this.limit.shareMax * 100)} %: look at the quarantine table for the reasons, ` +
        'mend the producer or the contract, or raise quarantine.shareMax',
      false,
    );
  }
}
