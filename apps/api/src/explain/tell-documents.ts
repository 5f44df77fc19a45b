import type { IncidentKind } from '@gondola/events';
import type { IncidentStore } from '../incidents/incident-store.js';
import type { DocumentIndex } from './document-index.js';
import type { Document, DocumentLine } from './documents.js';
import { countRow, type Row } from './sources.js';
import type { Teller } from './teller.js';
import type { Words } from './words.js';

const QUOTE_CHARACTERS_MAX = 600;
const LINES_MAX = 6;
const FIELDS_MAX = 5;
const PASSAGES_MAX = 3;
/** Share of what is asked for that a line must speak of. */
const COVERAGE_MIN = 0.75;

/** Heading under which a runbook says what to do. */
const STEPS = 'Do this';

/** Alerts that speak of incidents. */
const INCIDENTS: Readonly<Record<string, IncidentKind>> = {
  StoreFeedDead: 'feed_dead',
  ManyFeedsDead: 'feed_dead',
  StoreClosedUnexpectedly: 'store_closed',
  ItemOutInManyStores: 'item_short',
};

const documentRow = ({ id, kind }: Document): Row => ({
  ...{ kind, id, link: `/rag/documents/${encodeURIComponent(id)}` },
});

/** What an alert means; or, where that is asked, what to do. */
export function tellRunbook(
  teller: Teller,
  words: Words,
  {
    document,
    wantsSteps,
    storeId,
  }: { readonly document: Document; readonly wantsSteps: boolean; readonly storeId: string | null },
  incidents: IncidentStore,
): void {
  const row = documentRow(document);
  const { name, lines } = document;
  const [intro, steps] = [
    lines.filter(({ part }) => part === ''),
    lines.filter(({ part }) => part === STEPS),
  ];
  const chosen = wantsSteps && steps.length > 0 ? steps : intro.length > 0 ? intro : lines;
  for (const line of chosen.slice(0, LINES_MAX))
    teller.tell((c) => {
      const quote = c.quote(row, clipped(line.text));
      return line.part === '' ? words.runbook(name, quote) : words.runbookPart(name, line.part, quote);
    });
  const kind = INCIDENTS[name];
  if (kind === undefined) return;
  const count = incidents.list({
    state: 'open',
    kinds: new Set([kind]),
    storeId: storeId ?? undefined,
  }).length;
  const counted = countRow('/incidents', { state: 'open', kind, store: storeId ?? undefined });
  teller.tell((c) => words.openIncidents(c.amount(counted, '/total', count, 0), words.incident[kind]));
}

/** Which contracts have a field, and what it is in each. */
export function tellField(teller: Teller, words: Words, field: string, { documents }: DocumentIndex): void {
  const found = documents.flatMap((document) =>
    document.lines.filter((line) => line.field === field).map((line) => ({ document, line })),
  );
  for (const { document, line } of found.slice(0, FIELDS_MAX))
    teller.tell((c) => words.field(field, document.name, c.quote(documentRow(document), clipped(line.text))));
}

/** What a contract is of, or who answers for it. */
export function tellContract(
  teller: Teller,
  words: Words,
  { subject, part }: { readonly subject: string; readonly part: string },
  { documents }: DocumentIndex,
): void {
  const document = documents.find(({ kind, name }) => kind === 'contract' && name === subject);
  const lines = document?.lines.filter((line) => line.part === part) ?? [];
  if (document) for (const line of lines) tellLine(teller, words, document, line);
}

/** Lines that speak of most of what is asked for. Tells nothing when none does. */
export function tellPassages(
  teller: Teller,
  words: Words,
  stems: readonly string[],
  index: DocumentIndex,
): void {
  const passages = index.find(stems).filter(({ coverage }) => coverage >= COVERAGE_MIN);
  const [best] = passages;
  if (!best) return;
  const others = passages.filter((one) => one.coverage === best.coverage && one.score >= best.score / 2);
  for (const { document, line } of others.slice(0, PASSAGES_MAX)) tellLine(teller, words, document, line);
}

function tellLine(teller: Teller, words: Words, document: Document, line: DocumentLine): void {
  const { kind, name } = document;
  teller.tell((c) => {
    const quote = c.quote(documentRow(document), clipped(line.text));
    if (kind === 'contract') return words.contract(name, quote);
    return line.part === '' ? words.runbook(name, quote) : words.runbookPart(name, line.part, quote);
  });
}

/** Whole words, and still word for word what stands there. */
const clipped = (text: string): string =>
  text.length <= QUOTE_CHARACTERS_MAX ? text : text.slice(0, text.lastIndexOf(' ', QUOTE_CHARACTERS_MAX));
