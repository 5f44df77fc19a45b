/** A name takes another's place when its rank is so many times the other's: who is shown should not change with every hour. */
const BETTER = 1.5;

/** Chooses at most so many names, those of the highest ranks, so that the chosen stay as long as they do not fall far behind. */
export class Shown {
  private readonly names = new Set<string>();

  constructor(private readonly max: number) {}

  [Symbol.iterator](): Iterator<string> {
    return this.names[Symbol.iterator]();
  }

  /** `ranks` are those of all names that may be shown; one of rank 0 may stay but is not chosen. */
  choose(ranks: ReadonlyMap<string, number>): ReadonlySet<string> {
    const rankOf = (name: string): number => ranks.get(name) ?? 0;
    for (const name of this.names) if (!ranks.has(name)) this.names.delete(name);
    const isFull = this.names.size >= this.max;
    const shown = [...this.names].sort((left, right) => rankOf(left) - rankOf(right));
    const least = isFull && shown.length > 0 ? BETTER * rankOf(shown[0]) : 0;
    const waiting = [...ranks]
      .filter(([name, rank]) => rank > least && !this.names.has(name))
      .sort(([left, leftRank], [right, rightRank]) => rightRank - leftRank || (left < right ? -1 : 1));
    for (const [name, rank] of waiting) {
      if (this.names.size >= this.max) {
        const last = shown.shift();
        if (last === undefined || rank <= BETTER * rankOf(last)) break;
        this.names.delete(last);
      }
      this.names.add(name);
    }
    return this.names;
  }
}
