import type { Incident, Cause, SignalKind, VerdictWord, IncidentKind } from '@gondola/events';
import type { Language } from '@gondola/nest';

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

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    kind: {
      out_of_stock: 'is probably empty, and the record says so',
      phantom: 'is probably empty, though the record says that there is stock',
      silent: 'is probably empty by its sales',
      coming: 'will probably run out',
      partial: 'sells far less than it should',
      recovered: 'is probably well again',
    },
    kinds: {
      out_of_stock: 'empty by record and sales',
      phantom: 'empty though the record has stock',
      silent: 'without sales',
      coming: 'running out',
      partial: 'selling little',
      recovered: 'well again',
    },
    cause: {
      not_ordered: 'it was not ordered',
      ordered_not_delivered: 'it was ordered and not delivered',
      partial_delivery: 'it was delivered in part',
      phantom_record: 'the record is wrong',
      in_backroom: 'it stands in the backroom',
      negative_stock: 'the record is below zero',
      unknown: 'unknown',
    },
    verdict: {
      FILLED: 'it was empty and was filled',
      NONE_IN_STORE: 'it was empty and the store has none',
      IT_WAS_THERE: 'it was there',
      CANNOT_CHECK: 'nobody could look',
      UNDO: 'taken back',
      TAKEN: 'somebody is on the way',
    },
    incident: {
      feed_dead: 'no data comes',
      store_closed: 'the store is closed',
      till_offline: 'a till sends no sales',
      item_short: 'many stores are short of one item',
    },
    incidentState: { open: 'goes on', closed: 'is over' },
    state: (item, store, kind, of10, at) => `${item} in ${store} ${kind}: ${of10} of 10, known at ${at}.`,
    back: (item, store, at) => `No signal is open for ${item} in ${store}; the last one ended at ${at}.`,
    usual: (units) => `Usually ${units} units an hour are expected.`,
    noneSold: (since) => `None was sold since ${since}.`,
    noneSoldExpected: (since, expected) =>
      `None was sold since ${since}, when ${expected} units were expected.`,
    lowSales: (sold, hours, expected) =>
      `${sold} units were sold in ${hours} hours, when ${expected} were expected.`,
    record: (units) => `Units on hand by the record: ${units}.`,
    recordUnknown: (unknown) => `What the record says is ${unknown}.`,
    runsOut: (at) => `It is expected to be empty at ${at}.`,
    actBy: (at) => `A refill is in time until ${at}.`,
    seenOut: (times) => `Visitors of the web shop saw it out ${times} times.`,
    notPicked: (times) => `It was not found ${times} times when orders were picked.`,
    causeIs: (cause, of10) => `The likeliest cause is that ${cause}: ${of10} of 10.`,
    lostUnits: (units, low, high) => `So far ${units} units were not sold for it (${low} to ${high}).`,
    lostSales: (amount, perHour) => `That is ${amount} so far, and ${perHour} an hour.`,
    partOf: (incident) => `It is part of something larger: ${incident}.`,
    said: (verdict, at) => `Somebody who looked at ${at} said: ${verdict}.`,
    incidentIs: (what, where, state, since) => `${where}: ${what}, since ${since}; it ${state}.`,
    ofStore: (store) => `Store ${store}`,
    ofStores: (stores, item) => (item === null ? `${stores} stores` : `${item}, ${stores} stores`),
    open: (count, where) => `Open signals ${where}: ${count}.`,
    inStore: (store) => `in ${store}`,
    everywhere: 'everywhere',
    openOfKind: (count, kind) => `Of these, ${kind}: ${count}.`,
    loses: (item, store, amount, since) => `${item} in ${store} loses ${amount} an hour since ${since}.`,
    storeLoses: (store, amount, count) => `${store} loses ${amount} an hour; open signals there: ${count}.`,
    storeHasOpen: (store, count) => `Open signals in ${store}: ${count}.`,
    units: (count) => `${count} units`,
    kpi: (name, value, from, until) => `${name}, ${from} to ${until}: ${value}.`,
    kpiWithEnds: (name, value, low, high, from, until) =>
      `${name}, ${from} to ${until}: ${value} (${low} to ${high}).`,
    kpiMissing: (name, why, from, until) => `${name} cannot be said of ${from} to ${until}: ${why}.`,
    missing: {
      no_episodes: 'nothing ran out',
      no_verdicts: 'nobody who looked has said anything',
      no_checks: 'no shelf that was drawn by lot was looked at',
      no_hold_out: 'no shelf was held out',
      no_sales: 'sales are not known here',
      no_shelves: 'the number of shelves is not known here',
      no_counts: 'counts are not known here',
      no_picks: 'picks are not known here',
    },
    episodes: (now, from, until) => `From ${from} to ${until}, ${now} shelves were signalled.`,
    episodesBefore: (now, before, from, until) =>
      `From ${from} to ${until}, ${now} shelves were signalled; as long before that, ${before}.`,
    lost: (now, from, until) => `What was not sold for that from ${from} to ${until}: ${now}.`,
    lostBefore: (now, before, from, until) =>
      `What was not sold for that from ${from} to ${until}: ${now}; as long before that, ${before}.`,
    minutes: (value) => `${value} minutes`,
    quality: (subject, stream, hour, score) =>
      `Events of ${subject} in ${stream}, hour of ${hour}: ${score} of 100 expected points are met.`,
    expectation: (name, subject, checked, failed) =>
      `Expectation ${name} of ${subject}: ${failed} of ${checked} failed.`,
    refusedTotal: (count) => `Records that were refused in the period: ${count}.`,
    refused: (count, subject, reason) => `${count} of ${subject}, because of ${reason}.`,
    refusedSays: (message) =>
      `The newest of these says, in words that the producer may have chosen: ${message}.`,
    runbook: (name, quote) => `Runbook ${name}: ${quote}`,
    runbookPart: (name, part, quote) => `Runbook ${name}, “${part}”: ${quote}`,
    contract: (subject, quote) => `Contract ${subject}: ${quote}`,
    field: (field, subject, quote) => `Field ${field} is of contract ${subject}: ${quote}`,
    openIncidents: (count, kind) => `Now open, ${kind}: ${count}.`,
  },
  es: {
    kind: {
      out_of_stock: 'está probablemente vacía, y el registro lo dice',
      phantom: 'está probablemente vacía, aunque el registro dice que hay existencias',
      silent: 'está probablemente vacía según sus ventas',
      coming: 'probablemente se va a agotar',
      partial: 'vende mucho menos de lo que debería',
      recovered: 'está probablemente bien de nuevo',
    },
    kinds: {
      out_of_stock: 'vacías según registro y ventas',
      phantom: 'vacías aunque el registro tiene existencias',
      silent: 'sin ventas',
      coming: 'por agotarse',
      partial: 'que venden poco',
      recovered: 'repuestas',
    },
    cause: {
      not_ordered: 'no se pidió',
      ordered_not_delivered: 'se pidió y no se entregó',
      partial_delivery: 'se entregó incompleto',
      phantom_record: 'el registro está equivocado',
      in_backroom: 'está en la bodega',
      negative_stock: 'el registro está bajo cero',
      unknown: 'desconocida',
    },
    verdict: {
      FILLED: 'estaba vacía y se llenó',
      NONE_IN_STORE: 'estaba vacía y la tienda no tiene',
      IT_WAS_THERE: 'sí estaba',
      CANNOT_CHECK: 'nadie pudo mirar',
      UNDO: 'retirado',
      TAKEN: 'alguien va en camino',
    },
    incident: {
      feed_dead: 'no llegan datos',
      store_closed: 'la tienda está cerrada',
      till_offline: 'una caja no envía ventas',
      item_short: 'a muchas tiendas les falta un artículo',
    },
    incidentState: { open: 'continúa', closed: 'terminó' },
    state: (item, store, kind, of10, at) =>
      `La góndola de ${item} en ${store} ${kind}: ${of10} de 10, se supo el ${at}.`,
    back: (item, store, at) => `No hay señal abierta de ${item} en ${store}; la última terminó el ${at}.`,
    usual: (units) => `Lo normal es esperar ${units} unidades por hora.`,
    noneSold: (since) => `No se vendió ninguna desde el ${since}.`,
    noneSoldExpected: (since, expected) =>
      `No se vendió ninguna desde el ${since}, cuando se esperaban ${expected} unidades.`,
    lowSales: (sold, hours, expected) =>
      `Se vendieron ${sold} unidades en ${hours} horas, cuando se esperaban ${expected}.`,
    record: (units) => `Unidades según el registro: ${units}.`,
    recordUnknown: (unknown) => `Lo que dice el registro es ${unknown}.`,
    runsOut: (at) => `Se espera que quede vacía el ${at}.`,
    actBy: (at) => `Se puede reponer a tiempo hasta el ${at}.`,
    seenOut: (times) => `Visitantes de la tienda web la vieron agotada ${times} veces.`,
    notPicked: (times) => `No se encontró ${times} veces al preparar pedidos.`,
    causeIs: (cause, of10) => `La causa más probable es que ${cause}: ${of10} de 10.`,
    lostUnits: (units, low, high) =>
      `Hasta ahora no se vendieron ${units} unidades por eso (${low} a ${high}).`,
    lostSales: (amount, perHour) => `Son ${amount} hasta ahora, y ${perHour} por hora.`,
    partOf: (incident) => `Es parte de algo mayor: ${incident}.`,
    said: (verdict, at) => `Quien miró el ${at} dijo: ${verdict}.`,
    incidentIs: (what, where, state, since) => `${where}: ${what}, desde el ${since}; ${state}.`,
    ofStore: (store) => `Tienda ${store}`,
    ofStores: (stores, item) => (item === null ? `${stores} tiendas` : `${item}, ${stores} tiendas`),
    open: (count, where) => `Señales abiertas ${where}: ${count}.`,
    inStore: (store) => `en ${store}`,
    everywhere: 'en total',
    openOfKind: (count, kind) => `De ellas, ${kind}: ${count}.`,
    loses: (item, store, amount, since) => `${item} en ${store} pierde ${amount} por hora desde el ${since}.`,
    storeLoses: (store, amount, count) =>
      `${store} pierde ${amount} por hora; señales abiertas allí: ${count}.`,
    storeHasOpen: (store, count) => `Señales abiertas en ${store}: ${count}.`,
    units: (count) => `${count} unidades`,
    kpi: (name, value, from, until) => `${name}, del ${from} al ${until}: ${value}.`,
    kpiWithEnds: (name, value, low, high, from, until) =>
      `${name}, del ${from} al ${until}: ${value} (${low} a ${high}).`,
    kpiMissing: (name, why, from, until) => `${name} no se puede decir del ${from} al ${until}: ${why}.`,
    missing: {
      no_episodes: 'no se agotó nada',
      no_verdicts: 'nadie que haya mirado dijo nada',
      no_checks: 'no se miró ninguna góndola elegida por sorteo',
      no_hold_out: 'no se apartó ninguna góndola',
      no_sales: 'aquí no se conocen las ventas',
      no_shelves: 'aquí no se conoce el número de góndolas',
      no_counts: 'aquí no se conocen los conteos',
      no_picks: 'aquí no se conocen los pedidos preparados',
    },
    episodes: (now, from, until) => `Del ${from} al ${until} se señalaron ${now} góndolas.`,
    episodesBefore: (now, before, from, until) =>
      `Del ${from} al ${until} se señalaron ${now} góndolas; en el mismo tiempo anterior, ${before}.`,
    lost: (now, from, until) => `Lo que no se vendió por eso del ${from} al ${until}: ${now}.`,
    lostBefore: (now, before, from, until) =>
      `Lo que no se vendió por eso del ${from} al ${until}: ${now}; en el mismo tiempo anterior, ${before}.`,
    minutes: (value) => `${value} minutos`,
    quality: (subject, stream, hour, score) =>
      `Eventos de ${subject} en ${stream}, hora del ${hour}: se cumplen ${score} de 100 puntos esperados.`,
    expectation: (name, subject, checked, failed) =>
      `Expectativa ${name} de ${subject}: fallaron ${failed} de ${checked}.`,
    refusedTotal: (count) => `Registros rechazados en el período: ${count}.`,
    refused: (count, subject, reason) => `${count} de ${subject}, por ${reason}.`,
    refusedSays: (message) =>
      `El más nuevo de ellos dice, con palabras que quizá eligió el productor: ${message}.`,
    runbook: (name, quote) => `Guía ${name} (en inglés): ${quote}`,
    runbookPart: (name, part, quote) => `Guía ${name}, “${part}” (en inglés): ${quote}`,
    contract: (subject, quote) => `Contrato ${subject} (en inglés): ${quote}`,
    field: (field, subject, quote) => `El campo ${field} es del contrato ${subject} (en inglés): ${quote}`,
    openIncidents: (count, kind) => `Abiertos ahora, ${kind}: ${count}.`,
  },
};

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
