/** Waits to be woken, by one at a time. A timer and no `AbortController`: ending that costs an error with a stack at each poll. */
export class Alarm {
  private ring: () => void = () => {};

  /** Nothing happens when nobody waits. */
  wake(): void {
    this.ring();
  }

  /** False when it got late first. */
  wait(untilMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, untilMs - performance.now()), false);
      this.ring = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
