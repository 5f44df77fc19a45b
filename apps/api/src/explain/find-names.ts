import type { CatalogNames } from '../lake/catalog-names.js';
import { isKnownStore } from '../shelves/views.js';
import type { SignalStore } from '../signals/signal-store.js';
import { fold, stem, wordsOf } from './fold.js';
import { isEmptyWord, periodWords, topicWords } from './lexicon.js';

export interface Candidate {
  readonly kind: 'item' | 'store';
  readonly id: string;
  readonly name: string | null;
}

/** What a question names, and the words that it names it by. */
export interface Found {
  /** Exactly one: that is meant. */
  readonly candidates: readonly Candidate[];
  readonly used: ReadonlySet<string>;
}

const NOTHING: Found = { candidates: [], used: new Set() };
const CANDIDATES_MAX = 5;
const KEPT_MAX = 50_000;

/** Stores and items by id or by name. Of items only those that a signal speaks of: of others nothing can be said. */
export class NameFinder {
  private readonly stems = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly signals: SignalStore,
    private readonly names: CatalogNames,
  ) {}

  store(question: string): Found {
    const byId = this.byId(question, 'store', (id) => this.hasStore(id));
    if (byId) return byId;
    return this.byName(question, this.stores());
  }

  /** `used`: words that name something else already. */
  item(question: string, storeId: string | null, used: ReadonlySet<string>): Found {
    const byId = this.byId(
      question,
      'item',
      (id) => this.names.item(id) !== null || this.hasShelf(storeId, id),
    );
    if (byId) return byId;
    return this.byName(question, this.items(storeId), used);
  }

  hasStore(storeId: string): boolean {
    return isKnownStore(storeId, this.names, this.signals);
  }

  private hasShelf(storeId: string | null, itemId: string): boolean {
    if (storeId !== null) return this.signals.shelf(storeId, itemId) !== null;
    for (const one of this.signals.open()) if (one.itemId === itemId) return true;
    return false;
  }

  /** Ids as they are written, or in other capitals. */
  private byId(question: string, kind: Candidate['kind'], isKnown: (id: string) => boolean): Found | null {
    for (const { 0: token, index } of question.matchAll(/[\p{L}\p{N}][\p{L}\p{N}_.\-/]*/gu)) {
      const id = [token, token.toUpperCase()].map((one) => one.replace(/[.\-/]+$/, '')).find(isKnown);
      // A word of the language that happens to be an id is a word.
      if (id === undefined || (!/\d/.test(id) && isCommon(stem(fold(id))))) continue;
      const name = kind === 'store' ? (this.names.store(id)?.name ?? null) : this.names.item(id);
      const before = kind === 'item' ? wordsBefore(question, index) : [];
      return { candidates: [{ kind, id, name }], used: new Set([...wordsOf(token).map(stem), ...before]) };
    }
    return null;
  }

  private *stores(): Iterable<Candidate> {
    for (const [id, { name }] of this.names.stores) yield { kind: 'store', id, name };
  }

  private *items(storeId: string | null): Iterable<Candidate> {
    const seen = new Set<string>();
    const shelves =
      storeId === null
        ? this.signals.open()
        : [...this.signals.shelvesOf(storeId)].map(({ newest }) => newest);
    for (const { itemId } of shelves) {
      if (seen.has(itemId)) continue;
      seen.add(itemId);
      yield { kind: 'item', id: itemId, name: this.names.item(itemId) };
    }
  }

  /** Those of which most words are there; of equals those with fewer words besides. */
  private byName(question: string, all: Iterable<Candidate>, taken: ReadonlySet<string> = new Set()): Found {
    const asked = new Set(
      wordsOf(question)
        .map(stem)
        .filter((one) => !taken.has(one) && !isCommon(one)),
    );
    if (asked.size === 0) return NOTHING;
    let best: { readonly hits: number; readonly rest: number } = { hits: 0, rest: Infinity };
    let candidates: Candidate[] = [];
    let used = new Set<string>();
    for (const candidate of all) {
      if (candidate.name === null) continue;
      const stems = this.stemsOf(candidate.name);
      const hits = [...stems].filter((one) => asked.has(one));
      // A number or a letter alone names nothing.
      if (!hits.some((one) => one.length > 2 && !/^\d+$/.test(one))) continue;
      const found = { hits: hits.length, rest: stems.size - hits.length };
      const order = found.hits - best.hits || best.rest - found.rest;
      if (order < 0) continue;
      if (order > 0) [best, candidates, used] = [found, [], new Set(hits)];
      if (candidates.length <= CANDIDATES_MAX) candidates.push(candidate);
    }
    return { candidates, used };
  }

  private stemsOf(name: string): ReadonlySet<string> {
    const known = this.stems.get(name);
    if (known) return known;
    if (this.stems.size >= KEPT_MAX) this.stems.clear();
    const stems = new Set(
      wordsOf(name)
        .map(stem)
        .filter((one) => !isCommon(one)),
    );
    this.stems.set(name, stems);
    return stems;
  }
}

/** Stems of what stands right before an id, `whole milk SKU-1`: it is the same thing in words. */
function wordsBefore(question: string, index: number): readonly string[] {
  const stems = wordsOf(question.slice(0, index)).map(stem);
  return stems.slice(stems.findLastIndex(isCommon) + 1);
}

/** A name made of what every question says must not be what every question names. */
const isCommon = (wordStem: string): boolean =>
  isEmptyWord(wordStem) || topicWords.has(wordStem) || periodWords.has(wordStem);
