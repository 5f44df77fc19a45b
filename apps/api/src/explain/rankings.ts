import type { SignalKind } from '@gondola/events';
import { fold, stem, wordsOf } from './fold.js';
import { isOwnWord, topicWords } from './lexicon.js';

/**
 * What a question about all stores wants: how many shelves are open and which lose most, which stores come first by what, or how
 * many of them there are.
 */
export type Ranking = 'open' | 'stores_by_loss' | 'stores_by_open' | 'stores_counted';

const STORES = String.raw`(?:stores?|shops?|tiendas?|local(?:es)?|sucursal(?:es)?)`;
const SHELVES =
  /\b(shel(f|ves)|gondolas?|anaquel(es)?|estantes?|empty|vaci[oa]s?|out of stock|stockouts?|agotad[oa]s?|quiebres?|signals?|senales|alerta?s?)\b/;
const COUNT = new RegExp(
  String.raw`\b(?:how many|number of|cuant[oa]s|numero de|cantidad de)\s+(?!(?:of\s+)?(?:the\s+|our\s+)?${STORES}\b)`,
);
const COUNT_STORES = new RegExp(
  String.raw`\b(?:how many|number of|cuant[oa]s|numero de|cantidad de)\s+(?:(?:of|the|our|l[ao]s|nuestr[ao]s)\s+)*${STORES}\b`,
);
const MOST =
  /\b(most|more|mas|worst|peor(es)?|biggest|highest|largest|top|mayor(es)?|first|primer(o|a|os|as)?)\b/;
const WHICH_STORES = new RegExp(
  String.raw`\b(?:(?:which|what|que|cual(?:es)?(?: de las| es la| son las)?|worst|top|peor(?:es)?)\s+(?:(?:of|are|is|the|our|peor(?:es)?|worst|top)\s+)*${STORES}\b|${STORES}\s+(?:que|that|which|con|with|peor(?:es)?)\b)`,
);
const LOSES = /\b(los(e|es|ing|t|s|ses)|pierd\w*|perd\w*|worst|peor(es)?|cost\w*|cuest\w*)\b/;

/** Words that rank, besides those that every question has. */
const RANKS: ReadonlySet<string> = new Set(
  `worst peor peores biggest highest largest top mayor mayores first number numero cantidad primero primera cost costs cuesta
  cuestan total`
    .split(/\s+/)
    .map(stem),
);
/** What was then is told by what changed: this is of now. */
const PAST =
  /\b(yesterday|ayer|weeks?|semanas?|months?|mes(es)?|days|dias|recent\w*|pasad[oa]s?|last|past|previous|anterior)\b/;

/** Null: it asks for none, or `left`, words that nothing has explained yet, has another one than those that rank. */
export function rankingIn(question: string, left: readonly string[]): Ranking | null {
  if (left.some((one) => !RANKS.has(one))) return null;
  const text = fold(question);
  if (PAST.test(text)) return null;
  if (WHICH_STORES.test(text) && MOST.test(text))
    return LOSES.test(text) ? 'stores_by_loss' : 'stores_by_open';
  const isOfShelves = SHELVES.test(text);
  if (COUNT_STORES.test(text) && !isOfMoreThanStores(question)) return 'stores_counted';
  // What most phantoms come from is not told by how many there are.
  const isCounted = COUNT.test(text) && (isOfShelves || kindIn(question) !== null);
  return isCounted || (isOfShelves && MOST.test(text)) ? 'open' : null;
}

const NAMED_STORE = new RegExp(
  String.raw`(?<!\p{L})${STORES}\s+(?:(?:de|del|la|el|the|of|number|n[uú]mero|no\.|n\.?º|#)\s+)*([\p{L}\p{N}][\p{L}\p{N}_.\-]*)(?=(\s*[?!.]*\s*$)?)`,
  'giu',
);
const PLACE = /(?<!\p{L})(?:in|at|en)\s+(\p{Lu}\p{L}{2,})/gu;
const TIME =
  /^(jan|ene|feb|mar|apr|abr|may|jun|jul|aug|ago|sep|oct|nov|dec|dic|mon|tue|wed|thu|fri|sat|sun|lun|mie|jue|vie|sab|dom)/;

/**
 * Whether a question names a store that nobody knows: a number or a name right after `store`, or a name after `in`. What it says of
 * all stores would be taken for what it asks. `used`: stems of what is known by name.
 */
export function namesUnknownStore(question: string, used: ReadonlySet<string>): boolean {
  const isUnknown = (token: string) =>
    wordsOf(token).some((word) => !used.has(stem(word)) && !isOwnWord(stem(word)));
  const isOfShelves = isOfMoreThanStores(question);
  for (const [, token, end] of question.matchAll(NAMED_STORE)) {
    if (/\d/.test(token) && !used.has(stem(fold(token)))) return true;
    const isLast = end !== undefined;
    if ((/^\p{Lu}/u.test(token) || (isLast && isOfShelves)) && isUnknown(token)) return true;
  }
  if (!isOfShelves) return false;
  return [...question.matchAll(PLACE)].some(([, token]) => !TIME.test(fold(token)) && isUnknown(token));
}

const isOfMoreThanStores = (question: string): boolean =>
  wordsOf(question)
    .map(stem)
    .some((one) => topicWords.has(one) && !STORE_WORDS.has(one));

const KINDS: readonly (readonly [SignalKind, RegExp])[] = [
  ['phantom', /\b(phantoms?|fantasmas?)\b/],
  [
    'coming',
    /\b(about to|going to|will|soon|van a|va a|por|a punto de|pronto)( soon)? (run out|agotar\w*)\b|\brunning out\b|\b(run out|agotar\w*) (soon|pronto)\b/,
  ],
];

/** The kind of signal that a question is of, null: of none in particular. */
export const kindIn = (question: string): SignalKind | null =>
  KINDS.find(([, words]) => words.test(fold(question)))?.[0] ?? null;

const STORE_WORDS: ReadonlySet<string> = new Set(
  ['store', 'stores', 'shop', 'shops', 'tienda', 'tiendas', 'local', 'locales', 'sucursal', 'sucursales'].map(
    stem,
  ),
);
