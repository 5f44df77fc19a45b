import type { Incident, Cause, SignalKind, VerdictWord, IncidentKind } from '@gondola/events';
import type { Language } from '@gondola/nest';
import { EN } from './words-en.js';
import { ES } from './words-es.js';

type CauseName = Cause['name'];

/** Sentences of answers. What is put in comes from rows that the sentence cites. */
export interface Words {
  readonly kind: Readonly<Record<SignalKind, string>>;
  readonly kinds: Readonly<Record<SignalKind, string>>;
  readonly cause: Readonly<Record<CauseName, string>>;
  readonly verdict: Readonly<Record<VerdictWord, string>>;
  readonly incident: Readonly<Record<IncidentKind, string>>;
  readonly incidentState: Readonly<Record<Incident['state'], string>>;
  state(item: string, store: string, kind: string, of10: string, at: string): string;
  back(item: string, store: string, at: string): string;
  usual(units: string): string;
  noneSold(since: string): string;
  noneSoldExpected(since: string, expected: string): string;
  lowSales(sold: string, hours: string, expected: string): string;
  record(units: string): string;
  recordUnknown(unknown: string): string;
  runsOut(at: string): string;
  actBy(at: string): string;
  seenOut(times: string): string;
  notPicked(times: string): string;
  causeIs(cause: string, of10: string): string;
  lostUnits(units: string, low: string, high: string): string;
  lostSales(amount: string, perHour: string): string;
  partOf(incident: string): string;
  said(verdict: string, at: string): string;
  incidentIs(what: string, where: string, state: string, since: string): string;
  ofStore(store: string): string;
  ofStores(stores: string, item: string | null): string;
  open(count: string, where: string): string;
  inStore(store: string): string;
  everywhere: string;
  openOfKind(count: string, kind: string): string;
  loses(item: string, store: string, amount: string, since: string): string;
  storeLoses(store: string, amount: string, count: string): string;
  storeHasOpen(store: string, count: string): string;
  stores(count: string): string;
  units(count: string): string;
  kpi(name: string, value: string, from: string, until: string): string;
  kpiWithEnds(name: string, value: string, low: string, high: string, from: string, until: string): string;
  kpiMissing(name: string, why: string, from: string, until: string): string;
  missing: Readonly<Record<string, string>>;
  episodes(now: string, from: string, until: string): string;
  episodesBefore(now: string, before: string, from: string, until: string): string;
  lost(now: string, from: string, until: string): string;
  lostBefore(now: string, before: string, from: string, until: string): string;
  minutes(value: string): string;
  quality(subject: string, stream: string, hour: string, score: string): string;
  expectation(name: string, subject: string, checked: string, failed: string): string;
  refusedTotal(count: string): string;
  refused(count: string, subject: string, reason: string): string;
  refusedSays(message: string): string;
  runbook(name: string, quote: string): string;
  runbookPart(name: string, part: string, quote: string): string;
  contract(subject: string, quote: string): string;
  field(field: string, subject: string, quote: string): string;
  openIncidents(count: string, kind: string): string;
}

export const WORDS: Readonly<Record<Language, Words>> = { en: EN, es: ES };

/** What is said when nothing supports an answer. */
export const NOT_KNOWN = {
  en: {
    nothing: 'Not known: no row, contract or runbook here says anything of this.',
    shelf: 'Not known: no signal of this shelf is kept.',
    item: 'Not known: no signal here is of what is asked for.',
    several: 'Not known which one is meant: name its id.',
    store: 'Not known: there is no such store here.',
    open_none: 'Not known: no shelf is open in any store now.',
    field: 'Not known: no contract has such a field.',
    quarantine_scope: 'Not known to you: what was refused takes a key with the scope quarantine.',
    quarantine: 'Not known: this api does not read quarantine.',
    quality: 'Not known: nothing is kept of how good such events were.',
  },
  es: {
    nothing: 'No se sabe: ninguna fila, contrato ni guía dice aquí nada de esto.',
    shelf: 'No se sabe: no se guarda ninguna señal de esta góndola.',
    item: 'No se sabe: ninguna señal es de lo que se pregunta.',
    several: 'No se sabe cuál se busca: dé su id.',
    store: 'No se sabe: aquí no hay tal tienda.',
    open_none: 'No se sabe: ninguna tienda tiene ahora una góndola abierta.',
    field: 'No se sabe: ningún contrato tiene tal campo.',
    quarantine_scope: 'No lo puede saber usted: lo rechazado pide una clave con el permiso quarantine.',
    quarantine: 'No se sabe: esta api no lee la cuarentena.',
    quality: 'No se sabe: no se guarda nada de la calidad de tales eventos.',
  },
} as const satisfies Readonly<Record<Language, object>>;

export type NotKnown = keyof (typeof NOT_KNOWN)['en'];
