/** What holds until the books change: of more than `max` the oldest go. */
export class UntilChanged<T> {
  private readonly kept = new Map<string, T>();
  private version = -1;

  constructor(private readonly max: number) {}

  get(version: number, key: string): T | undefined {
    this.forgetBefore(version);
    return this.kept.get(key);
  }

  set(version: number, key: string, value: T): void {
    this.forgetBefore(version);
    this.kept.set(key, value);
    for (const oldest of [...this.kept.keys()].slice(0, -this.max)) this.kept.delete(oldest);
  }

  private forgetBefore(version: number): void {
    if (this.version !== version) this.kept.clear();
    this.version = version;
  }
}
