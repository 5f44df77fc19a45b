/** Without accents and capitals: people type fast. */
export const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Words of a text, folded; of `StoreFeedDead` and `lostSales` also the words that they are made of. */
export function wordsOf(text: string): string[] {
  return [...text.normalize('NFC').matchAll(/[\p{L}\p{N}]+/gu)].flatMap(([word]) => {
    const parts = word.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').split(' ');
    return parts.length > 1 ? [fold(word), ...parts.map(fold)] : [fold(word)];
  });
}

/**
 * What is left of a folded word without its usual endings, in Spanish and English alike: both sides of a comparison go through it,
 * so it need not be a word.
 */
export function stem(word: string): string {
  if (/\d/.test(word) || word.length < 4) return word;
  let rest = word;
  if (rest.endsWith('iones')) rest = rest.slice(0, -2);
  else if (rest.endsWith('ces') && rest.length > 4) rest = `${rest.slice(0, -3)}z`;
  else if (rest.endsWith('ies')) rest = `${rest.slice(0, -3)}y`;
  else if (rest.endsWith('s') && !rest.endsWith('ss')) rest = rest.slice(0, -1);
  if (rest.endsWith('ing') && rest.length > 6) rest = rest.slice(0, -3);
  else if (rest.endsWith('ed') && rest.length > 5) rest = rest.slice(0, -2);
  if (/[aeo]$/.test(rest) && rest.length > 3) rest = rest.slice(0, -1);
  return rest;
}

export const stemsOf = (text: string): string[] => wordsOf(text).map(stem);

/** What people outside wrote, for one line of text: nothing that moves a cursor or turns the direction of reading. */
export function printable(text: string, charactersMax = 80): string {
  const line = text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '').trim();
  const characters = [...line];
  return characters.length <= charactersMax ? line : `${characters.slice(0, charactersMax - 1).join('')}…`;
}
