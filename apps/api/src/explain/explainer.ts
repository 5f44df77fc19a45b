import type { Period } from '@gondola/kpi';
import type { Language } from '@gondola/nest';
import type { Clock } from '@gondola/stream';
import type { CatalogNames } from '../lake/catalog-names.js';
import type { QualityStore } from '../quality/quality-store.js';
import type { QuarantineAccess } from '../quarantine/access.js';
import { OneAtATime } from '../one-at-a-time.js';
import type { OpenNow } from '../shelves/open-now.js';
import { refuse } from '../refusals.js';
import type { Refusal } from './check-sentences.js';
import type { DocumentIndex } from './document-index.js';
import { NameFinder, type Candidate } from './find-names.js';
import { wordsToSend } from './words-to-send.js';
import { understand, type Asked, type Intent } from './question.js';
import type { Rephrased, Rephraser } from './rephrase.js';
import type { Source } from './sources.js';
import { tellContract, tellField, tellPassages, tellRunbook } from './tell-documents.js';
import { tellQuality, tellRefused } from './tell-events.js';
import { tellChanges, tellIncidents, tellItem, tellKpi, tellOpen, type Rows } from './tell-rows.js';
import { tellShelf } from './tell-shelf.js';
import { tellStores } from './tell-stores.js';
import { Teller } from './teller.js';
import { NOT_KNOWN, WORDS, type NotKnown } from './words.js';

const READERS_MAX = 4;

interface ExplainedSentence {
  readonly text: string;
  readonly writtenBy: 'template' | 'model';
  /** What it has its numbers, words and quotes from: never empty. */
  readonly sources: readonly Source[];
}

export interface ExplainAnswer {
  readonly language: Language;
  /** What the question was taken for. */
  readonly intent: Intent['kind'];
  /** false: nothing here supports an answer; then there are no sentences. */
  readonly known: boolean;
  /** The sentences in one, or that it is not known. */
  readonly text: string;
  readonly sentences: readonly ExplainedSentence[];
  /** model: at least one sentence is in its words; `sentences` says which. */
  readonly writtenBy: 'template' | 'model';
  /** When the rows were looked at. */
  readonly asOfMs: number;
  /** What was asked of, where it is a period. */
  readonly period: Period | null;
  /** Which of these may be meant; empty unless that is what is not known. */
  readonly candidates: readonly Candidate[];
  /** Null: no model was asked. */
  readonly model: {
    readonly name: string;
    readonly outcome: Rephrased['outcome'];
    readonly refusals: readonly Refusal[];
  } | null;
}

export interface ExplainerDeps extends Rows {
  readonly openNow: OpenNow;
  readonly names: CatalogNames;
  readonly quality: QualityStore;
  /** Null: this process reads none. */
  readonly quarantine: QuarantineAccess | null;
  readonly index: DocumentIndex;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Null: templates alone. */
  readonly rephraser: Rephraser | null;
}

/** What who asks may see besides what everybody may who asks. */
interface Rights {
  readonly mayReadQuarantine: boolean;
}

/**
 * Answers questions from rows, contracts and runbooks, and from nothing else. What is looked up follows from the question alone;
 * what rows say, names and messages of strangers among it, is only ever put between quotation marks.
 */
export class Explainer {
  private readonly finder: NameFinder;
  private readonly reading = new OneAtATime(READERS_MAX);

  constructor(private readonly deps: ExplainerDeps) {
    this.finder = new NameFinder(deps.signals, deps.names);
  }

  async explain(asked: Asked, rights: Rights): Promise<ExplainAnswer> {
    const { index, clock } = this.deps;
    const nowMs = clock.nowMs();
    const intent = understand(asked, { names: this.finder, index, nowMs });
    const teller = new Teller(asked.language, this.timeZoneOf(intent));
    const why =
      intent.kind === 'not_known' ? intent.why : await this.tell(intent, teller, { ...rights, nowMs });
    const { language } = asked;
    const common = { language, intent: intent.kind, asOfMs: nowMs, period: periodOf(intent) };
    if (why !== null)
      return {
        ...{
          ...common,
          known: false,
          text: NOT_KNOWN[language][why],
          sentences: [],
          writtenBy: 'template',
          model: null,
        },
        candidates: intent.kind === 'not_known' ? intent.candidates : [],
      };
    return { ...common, known: true, candidates: [], ...(await this.written(asked, teller)) };
  }

  /** Null: facts were told. */
  private async tell(
    intent: Exclude<Intent, { kind: 'not_known' }>,
    teller: Teller,
    { nowMs, mayReadQuarantine }: Rights & { readonly nowMs: number },
  ): Promise<NotKnown | null> {
    const { index, incidents, quality, quarantine } = this.deps;
    const words = WORDS[teller.language];
    const isEmpty = (why: NotKnown) => (teller.facts.length === 0 ? why : null);
    switch (intent.kind) {
      case 'shelf':
        return this.tellShelf(intent, teller);
      case 'item':
        tellItem(teller, words, this.deps, intent.itemId);
        return isEmpty('item');
      case 'store':
        tellIncidents(teller, words, this.deps, { storeId: intent.storeId, period: null });
        tellOpen(teller, words, this.deps, intent);
        return null;
      case 'open':
        tellOpen(teller, words, this.deps, { ...intent, storeId: null });
        return null;
      case 'stores':
        await tellStores(teller, words, this.deps, intent.by);
        return isEmpty('open_none');
      case 'changes':
        await tellChanges(teller, words, this.deps, intent);
        return null;
      case 'kpi':
        await tellKpi(teller, words, this.deps, intent);
        return null;
      case 'runbook':
        tellRunbook(teller, words, intent, incidents);
        return isEmpty('nothing');
      case 'field':
        tellField(teller, words, intent.field, index);
        return isEmpty('field');
      case 'contract':
        tellContract(teller, words, intent, index);
        return isEmpty('nothing');
      case 'quality':
        tellQuality(teller, words, quality, { subject: intent.subject, nowMs });
        return isEmpty('quality');
      case 'refused':
        if (!quarantine) return 'quarantine';
        if (!mayReadQuarantine) return 'quarantine_scope';
        if (this.reading.isFull) throw refuse(503, 'too many read quarantine: try again in a moment');
        await this.reading.run(() => tellRefused(teller, words, quarantine, intent));
        return null;
      case 'documents':
        tellPassages(teller, words, intent.stems, index);
        return isEmpty('nothing');
    }
  }

  private tellShelf(
    { storeId, itemId }: { storeId: string; itemId: string },
    teller: Teller,
  ): NotKnown | null {
    const { signals, incidents, view } = this.deps;
    const state = signals.shelf(storeId, itemId);
    if (!state) return 'shelf';
    const signal = view(state.open ?? state.newest);
    const incident = incidents.list({}).find((one) => one.incident.incidentId === signal.incidentId) ?? null;
    tellShelf(teller, WORDS[teller.language], { state, signal, incident });
    return null;
  }

  /** In the model's words where there is one and the facts support them. */
  private async written({ question, language }: Asked, teller: Teller) {
    const { facts } = teller;
    const { rephraser, index } = this.deps;
    const canAsk = rephraser !== null && facts.some(({ isQuote }) => !isQuote);
    const made = canAsk ? await rephraser.rephrase(wordsToSend(question, index), facts, language) : null;
    const told = made?.sentences ?? facts.map((fact) => ({ ...fact, isOfModel: false }));
    const sentences = told.map(({ text, sources, isOfModel }): ExplainedSentence => ({
      ...{ text: teller.filled(text), sources },
      writtenBy: isOfModel ? 'model' : 'template',
    }));
    return {
      sentences,
      text: sentences.map(({ text }) => text).join(' '),
      writtenBy: made?.sentences ? ('model' as const) : ('template' as const),
      model: made && rephraser && { name: rephraser.name, outcome: made.outcome, refusals: made.refusals },
    };
  }

  /** The store's own, where it is known and there is such a zone. */
  private timeZoneOf(intent: Intent): string {
    const storeId = 'storeId' in intent ? intent.storeId : null;
    const timeZone = storeId === null ? undefined : this.deps.names.store(storeId)?.timeZone;
    try {
      return new Intl.DateTimeFormat('en', { timeZone: timeZone ?? 'UTC' }).resolvedOptions().timeZone;
    } catch {
      return 'UTC';
    }
  }
}

const periodOf = (intent: Intent): Period | null => ('period' in intent ? intent.period : null);
