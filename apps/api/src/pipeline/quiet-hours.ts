import type { QualityStore } from '../quality/quality-store.js';
import type { StoreSights } from '../shelves/store-sights.js';

/** Whether a source that says nothing is as it usually is at this hour: shops sleep, and web shops do not. */
export class QuietHours {
  constructor(
    private readonly sights: Pick<StoreSights, 'isEveryStoreClosed'>,
    private readonly quality: Pick<QualityStore, 'isUsuallyQuiet'>,
  ) {}

  at(nowMs: number): (subject: string, lastMs: number) => boolean {
    return (subject, lastMs) =>
      this.sights.isEveryStoreClosed(nowMs) || this.quality.isUsuallyQuiet(subject, lastMs, nowMs);
  }
}
