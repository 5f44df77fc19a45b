import MiniSearch from 'minisearch';
import type { Document, DocumentLine } from './documents.js';
import { stem, wordsOf } from './fold.js';
import { inEnglish } from './glossary.js';

export interface Passage {
  readonly document: Document;
  readonly line: DocumentLine;
  /** Share of the terms that were looked for, 0 to 1. */
  readonly coverage: number;
  readonly score: number;
}

interface Indexed {
  readonly id: number;
  readonly name: string;
  readonly part: string;
  readonly text: string;
}

const PASSAGES_MAX = 50;

/** Full-text index of what contracts and runbooks say, line by line. In memory: there are some hundred lines. Made with the first question. */
export class DocumentIndex {
  private readonly lines: { readonly document: Document; readonly line: DocumentLine }[] = [];
  private readonly known = new Set<string>();
  private read: readonly Document[] | null = null;
  private readonly search = new MiniSearch<Indexed>({
    fields: ['name', 'part', 'text'],
    tokenize: wordsOf,
    processTerm: stem,
    // What is looked for is a list of stems already.
    searchOptions: {
      boost: { name: 3, text: 2, part: 1 },
      tokenize: (term) => [term],
      processTerm: (term) => term,
    },
  });

  constructor(private readonly readDocuments: () => readonly Document[]) {}

  get documents(): readonly Document[] {
    return (this.read ??= this.indexed(this.readDocuments()));
  }

  /** Whether the documents have a word of this stem. */
  knows(wordStem: string): boolean {
    return this.documents.length > 0 && this.known.has(wordStem);
  }

  documentOf(id: string): Document | undefined {
    return this.documents.find((one) => one.id === id);
  }

  /** Lines that have words of these stems, or what they are in English; the best first. */
  find(stems: readonly string[]): readonly Passage[] {
    const terms = [...new Set(stems)];
    if (terms.length === 0 || this.documents.length === 0) return [];
    const found = this.search.search({
      combineWith: 'OR',
      queries: terms.map((term) => ({ combineWith: 'OR', queries: [term, ...inEnglish(term)] })),
    });
    return found.slice(0, PASSAGES_MAX).map(({ id, score, queryTerms }) => {
      const hits = terms.filter((term) => [term, ...inEnglish(term)].some((one) => queryTerms.includes(one)));
      return { ...this.lines[Number(id)], coverage: hits.length / terms.length, score };
    });
  }

  private indexed(documents: readonly Document[]): readonly Document[] {
    for (const document of documents)
      for (const line of document.lines) {
        const { name } = document;
        this.search.add({ id: this.lines.length, name, part: line.part, text: line.text });
        this.lines.push({ document, line });
        for (const word of wordsOf(`${name} ${line.part} ${line.text}`)) this.known.add(stem(word));
      }
    return documents;
  }
}
