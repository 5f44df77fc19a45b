import { textHash } from '@gondola/detect';
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

/** As an integer with a sign: those need no object of their own. */
const hashOf = (signalId: string): number => textHash(signalId) | 0;
