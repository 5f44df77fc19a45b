import type { SignalKind } from '@gondola/events';
import { KPIS, type KpiId, type Period } from '@gondola/kpi';
import type { Language } from '@gondola/nest';
import type { Candidate, Found, NameFinder } from './find-names.js';
import type { DocumentIndex } from './document-index.js';
import type { Document } from './documents.js';
import { fold, stem, wordsOf } from './fold.js';
import {
  ASPECTS,
  changeWords,
  isEmptyWord,
  isOwnWord,
  periodWords,
  topicWords,
  type Aspect,
} from './lexicon.js';
import { kindIn, namesUnknownStore, rankingIn } from './rankings.js';
import type { NotKnown } from './words.js';

const DAY_MS = 86_400_000;

export interface Asked {
  readonly question: string;
  readonly language: Language;
  readonly storeId: string | null;
  readonly itemId: string | null;
  readonly sinceMs: number | null;
}

/** What a question asks for. It is told from the question alone: what rows say has no part in it. */
export type Intent =
  | { readonly kind: 'shelf'; readonly storeId: string; readonly itemId: string }
  | { readonly kind: 'item'; readonly itemId: string }
  | { readonly kind: 'store'; readonly storeId: string; readonly of: SignalKind | null }
  | { readonly kind: 'open'; readonly of: SignalKind | null }
  | { readonly kind: 'stores'; readonly by: 'loss' | 'open' | 'all' }
  | { readonly kind: 'changes'; readonly storeId: string | null; readonly period: Period }
  | { readonly kind: 'kpi'; readonly id: KpiId; readonly storeId: string | null; readonly period: Period }
  | {
      readonly kind: 'runbook';
      readonly document: Document;
      readonly wantsSteps: boolean;
      readonly storeId: string | null;
    }
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'contract'; readonly subject: string; readonly part: 'description' | 'owner' }
  | { readonly kind: 'refused'; readonly subject: string | null; readonly period: Period }
  | { readonly kind: 'quality'; readonly subject: string | null }
  | { readonly kind: 'documents'; readonly stems: readonly string[] }
  | { readonly kind: 'not_known'; readonly why: NotKnown; readonly candidates: readonly Candidate[] };

export interface Reader {
  readonly names: NameFinder;
  readonly index: DocumentIndex;
  readonly nowMs: number;
}

export function understand(asked: Asked, reader: Reader): Intent {
  const { question } = asked;
  const stems = wordsOf(question).map(stem);
  const has = (words: ReadonlySet<string>) => stems.some((one) => words.has(one));
  const aspects = new Set<Aspect>(ASPECTS.filter(({ words }) => has(words)).map(({ aspect }) => aspect));
  const period = periodOf(question, asked.sinceMs, reader.nowMs);
  const subject = subjectIn(question, reader.index);
  const runbook = runbookIn(question, reader.index);
  if (runbook) {
    const [store] = reader.names.store(question).candidates;
    return {
      kind: 'runbook',
      document: runbook,
      wantsSteps: wantsSteps(question, aspects),
      storeId: asked.storeId ?? store?.id ?? null,
    };
  }
  if (aspects.has('field') || MARKED.test(question)) {
    const field = fieldIn(question, reader.index, aspects.has('field'));
    if (field !== null) return { kind: 'field', field };
    if (/\b(campo|field|column|columna)\b/i.test(question))
      return { kind: 'not_known', why: 'field', candidates: [] };
  }
  if (aspects.has('refused')) return { kind: 'refused', subject, period };
  if (aspects.has('quality') && !has(changeWords)) return { kind: 'quality', subject };
  if (subject !== null && isOfContract(stems, subject))
    return { kind: 'contract', subject, part: aspects.has('owner') ? 'owner' : 'description' };
  return ofRows(asked, reader, { stems, period, isOfChanges: has(changeWords), subject });
}

const STORES_BY = { stores_by_loss: 'loss', stores_by_open: 'open', stores_counted: 'all' } as const;

interface OfRows {
  readonly stems: readonly string[];
  readonly period: Period;
  readonly isOfChanges: boolean;
  readonly subject: string | null;
}

/** A shelf, a store, an item, what changed, a KPI: each only when no word of the question is left that means something else. */
function ofRows(asked: Asked, reader: Reader, { stems, period, isOfChanges, subject }: OfRows): Intent {
  const { names } = reader;
  const { question } = asked;
  const store = asked.storeId === null ? names.store(question) : given('store', asked.storeId);
  const storeId = store.candidates.length === 1 ? store.candidates[0].id : null;
  const item =
    asked.itemId === null ? names.item(question, storeId, store.used) : given('item', asked.itemId);
  const left = stems.filter(
    (one) =>
      !isEmptyWord(one) &&
      !topicWords.has(one) &&
      !periodWords.has(one) &&
      !store.used.has(one) &&
      !item.used.has(one),
  );
  const kpi = item.candidates.length === 0 ? kpiIn(stems) : null;
  const isLeft = left.some((one) => !changeWords.has(one));
  const isOfRows =
    stems.some((one) => topicWords.has(one)) || asked.storeId !== null || asked.itemId !== null;
  const notKnown = (why: NotKnown, { candidates }: Found): Intent => ({ kind: 'not_known', why, candidates });
  if (asked.storeId !== null && !names.hasStore(asked.storeId)) return notKnown('store', store);
  if (store.candidates.length === 0 && namesUnknownStore(question, item.used))
    return notKnown('store', store);
  if (kpi && !isLeftOf(left, kpi.used)) return { kind: 'kpi', id: kpi.id, storeId, period };
  if (isOfChanges && !isLeft) return { kind: 'changes', storeId, period };
  if (!isLeft && subject === null) {
    if (item.candidates.length > 1) return notKnown('several', item);
    if (store.candidates.length > 1) return notKnown('several', store);
    const itemId = item.candidates[0]?.id ?? null;
    if (storeId !== null && itemId !== null) return { kind: 'shelf', storeId, itemId };
    if (itemId !== null) return { kind: 'item', itemId };
    if (storeId !== null) return { kind: 'store', storeId, of: kindIn(question) };
    if (hasPeriod(stems) && isOfRows && rankingIn(question, left) === null)
      return { kind: 'changes', storeId, period };
  }
  const isOfAll = storeId === null && item.candidates.length === 0 && subject === null;
  const ranking = isOfAll ? rankingIn(question, left) : null;
  if (ranking === 'open') return { kind: 'open', of: kindIn(question) };
  if (ranking !== null) return { kind: 'stores', by: STORES_BY[ranking] };
  const content = stems.filter((one) => !isEmptyWord(one) && !DENIALS.has(one));
  const documents: Intent = { kind: 'documents', stems: content };
  // Whose item nobody knows of must not be answered by a page that happens to have its words.
  if (isOfRows && isLeft && (storeId !== null || item.candidates.length > 0)) return notKnown('item', item);
  return documents;
}

/** Whether a question asks of a contract and nothing else. */
function isOfContract(stems: readonly string[], subject: string): boolean {
  const own = new Set(wordsOf(subject).map(stem));
  return stems.every((one) => own.has(one) || isOwnWord(one));
}

const given = (kind: Candidate['kind'], id: string): Found => ({
  candidates: [{ kind, id, name: null }],
  used: new Set(wordsOf(id).map(stem)),
});

/** What a page says is the same whether it is asked for with them or without. */
const DENIALS: ReadonlySet<string> = new Set(
  ['no', 'not', 'none', 'sin', 'nada', 'any', 'nothing'].map(stem),
);

const hasPeriod = (stems: readonly string[]): boolean => stems.some((one) => periodWords.has(one));

const isLeftOf = (left: readonly string[], used: ReadonlySet<string>): boolean =>
  left.some((one) => !used.has(one) && !changeWords.has(one));

/** `since`, or what the question says; the last seven days when it says nothing. */
function periodOf(question: string, sinceMs: number | null, nowMs: number): Period {
  const text = fold(question);
  if (sinceMs !== null) return { fromMs: Math.min(sinceMs, nowMs - 1), untilMs: nowMs };
  if (/\b(yesterday|ayer)\b/.test(text)) return { fromMs: nowMs - 2 * DAY_MS, untilMs: nowMs - DAY_MS };
  if (/\b(today|hoy|24 (hours|horas))\b/.test(text)) return { fromMs: nowMs - DAY_MS, untilMs: nowMs };
  if (/\b(month|mes|30 (days|dias))\b/.test(text)) return { fromMs: nowMs - 30 * DAY_MS, untilMs: nowMs };
  return { fromMs: nowMs - 7 * DAY_MS, untilMs: nowMs };
}

/** `StoreFeedDead`, or its words one after the other. */
function runbookIn(question: string, { documents }: DocumentIndex): Document | null {
  const text = ` ${wordsOf(question).join(' ')} `;
  const joined = fold(question).replace(/[^a-z0-9 ]/g, '');
  const named = documents.filter(({ kind, name }) => {
    if (kind !== 'runbook') return false;
    const words = wordsOf(name);
    return (
      words.length > 1 &&
      (joined.split(' ').includes(fold(name)) || text.includes(` ${words.slice(1).join(' ')} `))
    );
  });
  return named.at(0) ?? null;
}

function wantsSteps(question: string, aspects: ReadonlySet<Aspect>): boolean {
  const text = fold(question);
  return (
    aspects.has('steps') ||
    /\b(do (i|we)|should (i|we)|to do|que (hago|hacemos|debo|debemos|hay que hacer)|hacer)\b/.test(text)
  );
}

/** The longest subject that the question has, with or without its first word. */
function subjectIn(question: string, { documents }: DocumentIndex): string | null {
  const text = fold(question);
  const named = documents
    .filter(({ kind }) => kind === 'contract')
    .map(({ name }) => name)
    .filter((name) => text.includes(fold(name)) || text.includes(fold(name.replace(/^[^.]+\./, ''))));
  return named.sort((left, right) => right.length - left.length).at(0) ?? null;
}

/** How fields are written and words are not. */
const MARKED = /[a-z][A-Z]|[a-z]_[a-z]/;

/** A word of the question that a contract has as a field. Words of the language only where capitals or a `field X` say so. */
function fieldIn(question: string, { documents }: DocumentIndex, isNamed: boolean): string | null {
  const fields = new Map<string, string>();
  for (const { lines } of documents)
    for (const { field } of lines) if (field !== null) fields.set(fold(field), field);
  const tokens = [...question.matchAll(/[\p{L}\p{N}_]+/gu)].map(([token]) => token);
  const fieldOf = (token: string) => fields.get(fold(token.replaceAll('_', ''))) ?? null;
  const marked = tokens.filter((token) => MARKED.test(token));
  const beside = tokens.filter(
    (_, at) =>
      /^(campos?|fields?|columns?|columnas?)$/i.test(tokens[at - 1] ?? '') ||
      /^(field|column)$/i.test(tokens[at + 1] ?? ''),
  );
  const rest = isNamed ? tokens.filter((token) => !isEmptyWord(stem(fold(token)))) : [];
  return [...marked, ...beside, ...rest].map(fieldOf).find((field) => field !== null) ?? null;
}

/** A KPI that the words name: all of its name that says which one it is. */
function kpiIn(stems: readonly string[]): { readonly id: KpiId; readonly used: ReadonlySet<string> } | null {
  const named = KPIS.flatMap(({ id, name }) =>
    [name.en, name.es, ...(SHORT_NAMES[id] ?? [])].flatMap((text) => {
      const words = wordsOf(text)
        .map(stem)
        .filter((one) => !isEmptyWord(one));
      const telling = words.filter((one) => !topicWords.has(one));
      const isNamed = (telling.length > 0 ? telling : words).every((one) => stems.includes(one));
      return isNamed
        ? [{ id, used: new Set(words), hits: words.filter((one) => stems.includes(one)).length }]
        : [];
    }),
  );
  return named.sort((left, right) => right.hits - left.hits).at(0) ?? null;
}

const SHORT_NAMES: Readonly<Partial<Record<KpiId, readonly string[]>>> = {
  osa: ['OSA'],
  time_to_acknowledge: ['acknowledge', 'atender'],
  alert_precision: ['precise alerts', 'true alerts', 'alertas ciertas', 'alertas acertadas'],
  alert_recall: ['recall'],
};
