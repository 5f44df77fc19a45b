/** Randomness comes in as an argument, like time: the same seed gives the same numbers everywhere. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Uniform whole number in [0, limit). */
  below(limit: number): number;
}

/** The seed is a list of whole numbers, so that e.g. (seed, store, hour) has numbers of its own. Mulberry32. */
export function createRandom(...seed: readonly number[]): Random {
  let state = seed.reduce((hash, part) => mix(hash ^ (part | 0)), 0x2545f491);
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return { unit, below: (limit) => Math.floor(unit() * limit) };
}

function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) + 0x9e3779b9;
}

/** Chance itself, for jitter: never for anything that must come out the same twice. */
export const systemRandom = (): number => Math.random();
