/** What somebody found on a shelf, or what a system that is believed says of it. */
export interface Label {
  readonly storeId: string;
  readonly itemId: string;
  readonly atMs: number;
  readonly isOut: boolean;
  readonly source: 'count' | 'snapshot' | 'verdict' | 'check';
  /** 1 / P(that somebody looked there): 1 where looks follow a plan or the detector, 100 of a check by lot of one in a hundred. */
  readonly weight: number;
}

/** Labels by store, in the order of time. */
export class Labels {
  private readonly byStore = new Map<string, Label[]>();
  readonly rows: number;
  readonly out: number;
  readonly sources: readonly string[];

  constructor(labels: readonly Label[]) {
    for (const label of labels) {
      const own = this.byStore.get(label.storeId);
      if (own) own.push(label);
      else this.byStore.set(label.storeId, [label]);
    }
    for (const own of this.byStore.values()) own.sort((left, right) => left.atMs - right.atMs);
    this.rows = labels.length;
    this.out = labels.filter(({ isOut }) => isOut).length;
    this.sources = [...new Set(labels.map(({ source }) => source))].sort();
  }

  /** Of one store, from `fromMs` on and before `toMs`. */
  between(storeId: string, fromMs: number, toMs: number): readonly Label[] {
    const own = this.byStore.get(storeId) ?? [];
    return own.slice(firstFrom(own, fromMs), firstFrom(own, toMs));
  }

  /** Before this moment lies that share of all labels. */
  momentAt(share: number): number {
    const times = [...this.byStore.values()]
      .flatMap((own) => own.map(({ atMs }) => atMs))
      .sort((a, b) => a - b);
    return times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Infinity;
  }
}

/** Place of the first label at or after a moment. */
function firstFrom(sorted: readonly Label[], atMs: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle].atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
