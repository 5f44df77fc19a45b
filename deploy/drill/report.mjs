/** What a case of the drill found: measures, and expectations that were kept or not. */
export class Report {
  checks = [];
  figures = {};

  constructor(name) {
    this.name = name;
  }

  /** Seconds since then. */
  clock() {
    const beganMs = performance.now();
    return () => Math.round((performance.now() - beganMs) / 10) / 100;
  }

  noticedBy(what) {
    this.figures.noticedBy = what;
  }

  /** Services have published all that waited. */
  recovered(since) {
    this.figures.recoverySeconds = since();
  }

  /** ... and it was proven: the time of the whole exercise, with what was looked at. */
  proven(since) {
    this.figures.provenSeconds = since();
  }

  /** Rows of silver, or signals, that were there or were acknowledged and do not come back. */
  lost(rows, limit) {
    this.figures.rowsLost = rows;
    this.check(`at most ${limit} rows are lost`, rows <= limit);
  }

  /** What one place alone had when it was lost or what a copy of it lacked: events, and of how many seconds of the shops they are. */
  atRisk(events, heldBy) {
    const seconds = events.length === 0 ? 0 : (events.at(-1).timeMs - events[0].timeMs) / 1000;
    Object.assign(this.figures, { atRiskEvents: events.length, atRiskSeconds: Math.round(seconds), heldBy });
  }

  check(what, ok) {
    this.checks.push({ what, ok });
  }

  get ok() {
    return this.checks.length > 0 && this.checks.every(({ ok }) => ok);
  }
}
