import type { DocumentIndex } from './document-index.js';
import { stem, wordsOf } from './fold.js';
import { isOwnWord } from './lexicon.js';

/**
 * Of a question, what a model may be sent: words that our own lexicon or a contract or runbook has. Names of people, products and
 * shops, numbers and addresses are none of these, and become `…`.
 */
export function wordsToSend(question: string, index: DocumentIndex): string {
  const words = question.split(/\s+/).map((token) => {
    const stems = wordsOf(token).map(stem);
    const isKnown = (one: string) => !/\p{N}/u.test(one) && (isOwnWord(one) || index.knows(one));
    return /[@:/]/.test(token) || stems.length === 0 || !stems.every(isKnown) ? '…' : token;
  });
  return words.filter((word, at) => word !== '…' || words[at - 1] !== '…').join(' ');
}
