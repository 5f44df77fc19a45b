/** Breakpoints kept in a model file. */
const BREAKPOINTS_MAX = 100;
/** Log-odds -12 .. 12 in cells of about .006: far finer than what a calibration can tell apart. */
const CELLS = 4096;
const ODDS_MAX = 12;

interface Block {
  weight: number;
  /** Sums over the block, so that x / weight and y / weight are its means. */
  x: number;
  y: number;
}

/** Collects (probability, outcome) pairs in bounded memory and fits the best rising map between them. */
export class IsotonicFit {
  private readonly weight = new Float64Array(CELLS);
  private readonly x = new Float64Array(CELLS);
  private readonly y = new Float64Array(CELLS);
  /** Pairs collected. */
  rows = 0;

  /** `weight`: of how many such pairs this is one. */
  add(probability: number, outcome: number, weight = 1): void {
    const odds = Math.log(probability / (1 - probability));
    const place = Math.floor(((odds + ODDS_MAX) / (2 * ODDS_MAX)) * CELLS);
    const cell = Math.min(CELLS - 1, Math.max(0, place));
    this.rows++;
    this.weight[cell] += weight;
    this.x[cell] += weight * probability;
    this.y[cell] += weight * outcome;
  }

  /** Breakpoints of the map, x rising and y not falling; between them it is a straight line. */
  breakpoints(): { x: number[]; y: number[] } {
    const blocks = reduce(poolAdjacentViolators(this.cells()));
    return { x: blocks.map((b) => b.x / b.weight), y: blocks.map((b) => b.y / b.weight) };
  }

  private cells(): Block[] {
    const cells: Block[] = [];
    for (let i = 0; i < CELLS; i++) {
      if (this.weight[i] > 0) cells.push({ weight: this.weight[i], x: this.x[i], y: this.y[i] });
    }
    return cells;
  }
}

/** Least squares under "y does not fall": neighbours in the wrong order become one. */
export function poolAdjacentViolators(cells: readonly Block[]): Block[] {
  const blocks: Block[] = [];
  for (const cell of cells) {
    let last = { ...cell };
    for (let before = blocks.at(-1); before && before.y / before.weight >= last.y / last.weight;) {
      last = merged(before, last);
      blocks.pop();
      before = blocks.at(-1);
    }
    blocks.push(last);
  }
  return blocks;
}

/** Merges the two neighbours that lose least by it until few enough are left. */
function reduce(blocks: Block[]): Block[] {
  const kept = [...blocks];
  while (kept.length > BREAKPOINTS_MAX) {
    let cheapest = 0;
    for (let i = 1; i < kept.length - 1; i++) {
      if (costOf(kept[i], kept[i + 1]) < costOf(kept[cheapest], kept[cheapest + 1])) cheapest = i;
    }
    kept.splice(cheapest, 2, merged(kept[cheapest], kept[cheapest + 1]));
  }
  return kept;
}

/** What the sum of squares grows by. */
function costOf(a: Block, b: Block): number {
  return ((a.weight * b.weight) / (a.weight + b.weight)) * (a.y / a.weight - b.y / b.weight) ** 2;
}

function merged(a: Block, b: Block): Block {
  return { weight: a.weight + b.weight, x: a.x + b.x, y: a.y + b.y };
}
