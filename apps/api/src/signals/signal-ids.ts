import { allOf, withOne, withoutOne, type OneOrMore } from './one-or-more.js';

/** Id -> number, without a million ids in memory twice: by a hash of each, and who has the signals says whose it is. */
export class SignalIds {
  private readonly byHash = new Map<number, OneOrMore>();

  constructor(private readonly idOf: (number: number) => string) {}

  get(signalId: string): number | undefined {
    return allOf(this.byHash.get(hashOf(signalId))).find((number) => this.idOf(number) === signalId);
  }

  set(signalId: string, number: number): void {
    const hash = hashOf(signalId);
    this.byHash.set(hash, withOne(this.byHash.get(hash), number));
  }

  delete(signalId: string, number: number): void {
    const hash = hashOf(signalId);
    const left = withoutOne(this.byHash.get(hash), number);
    if (left === undefined) this.byHash.delete(hash);
    else this.byHash.set(hash, left);
  }
}

/** FNV-1a over UTF-16 units, as an integer of 32 bits: those need no object of their own. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
