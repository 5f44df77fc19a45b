import type { FieldDifference, ShelfInput } from '@gondola/detect-service';
import type { Signal } from '@gondola/events';

export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

const WORDS = {
  en: {
    out_of_stock: 'empty, and the record says so',
    phantom: 'empty, though the record says that there is stock',
    silent: 'empty by its sales; no record is known',
    coming: 'will run out',
    recovered: 'is sold again',
    partial: 'sells far less than it should',
    store: 'store',
    item: 'item',
    at: 'known at',
    since: 'since',
    expectedAt: 'expected to be empty at',
    actBy: 'a refill is in time until',
    probability: 'probability',
    record: 'on hand by the record',
    estimate: 'probably there',
    unknown: 'unknown',
    demand: 'expected an hour',
    lost: 'units lost',
    sales: 'sales lost',
    evidence: 'evidence, as log-odds:',
    sum: 'sum',
    causes: 'causes:',
    made: 'made from',
    position: 'position',
    afterRecord: 'after this record',
    byClock: 'before this record, by the clock at',
    number: 'signal number',
    model: 'model',
    setup: 'settings',
    version: 'version',
    noReceipt: 'it has no receipt: an older version made it',
    inputs: 'what its events said last (of each kind the last 8):',
    beginning: 'replaying from where detection began, position',
    snapshot: 'replaying from the newest snapshot of detection, position',
    same: 'same: replayed from bronze, every field is as it was published',
    differs: 'differs: replayed from bronze, other values than were published:',
    notMade: 'differs: replayed from bronze, this signal is not made',
    published: 'published',
    replayed: 'replayed',
  },
  es: {
    out_of_stock: 'vacío, y el registro lo dice',
    phantom: 'vacío, aunque el registro dice que hay existencias',
    silent: 'vacío según sus ventas; no se conoce registro',
    coming: 'se va a agotar',
    recovered: 'se vende de nuevo',
    partial: 'vende mucho menos de lo que debería',
    store: 'tienda',
    item: 'artículo',
    at: 'se supo',
    since: 'desde',
    expectedAt: 'se espera vacío',
    actBy: 'se puede reponer a tiempo hasta',
    probability: 'probabilidad',
    record: 'existencias según el registro',
    estimate: 'probablemente hay',
    unknown: 'no se sabe',
    demand: 'esperado por hora',
    lost: 'unidades perdidas',
    sales: 'ventas perdidas',
    evidence: 'evidencia, en log-odds:',
    sum: 'suma',
    causes: 'causas:',
    made: 'hecho de',
    position: 'posición',
    afterRecord: 'después de este registro',
    byClock: 'antes de este registro, por el reloj a las',
    number: 'señal número',
    model: 'modelo',
    setup: 'ajustes',
    version: 'versión',
    noReceipt: 'no tiene recibo: lo hizo una versión anterior',
    inputs: 'lo último que dijeron sus eventos (los últimos 8 de cada clase):',
    beginning: 'se repite desde donde empezó la detección, posición',
    snapshot: 'se repite desde la última copia del estado de la detección, posición',
    same: 'igual: repetido desde bronze, cada campo es como se publicó',
    differs: 'difiere: repetido desde bronze, otros valores que los publicados:',
    notMade: 'difiere: repetido desde bronze, esta señal no se hace',
    published: 'publicado',
    replayed: 'repetido',
  },
} as const;

const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
const amount = (value: number) => String(Number(value.toFixed(3)));
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** What a signal says, in lines for people. */
export function signalInWords(signal: Signal, language: Language): string[] {
  const words = WORDS[language];
  const { kind, storeId, itemId, atMs, sinceMs, expectedAtMs, actByMs, probability } = signal;
  const { lostSales, lostSalesLow, lostSalesHigh, currency, onHandRecord, onHandEstimate } = signal;
  const orUnknown = (value: number | null) => (value === null ? words.unknown : amount(value));
  const from = (low: number | null, high: number | null) => `(${orUnknown(low)}..${orUnknown(high)})`;
  return [
    `${words.store} ${storeId}, ${words.item} ${itemId}: ${words[kind]} (${kind})`,
    `  ${words.at} ${time(atMs)}, ${words.since} ${time(sinceMs)}, ${words.probability} ${percent(probability)}`,
    ...(expectedAtMs === null ? [] : [`  ${words.expectedAt} ${time(expectedAtMs)}`]),
    ...(actByMs === null ? [] : [`  ${words.actBy} ${time(actByMs)}`]),
    `  ${words.record} ${orUnknown(onHandRecord)}, ${words.estimate} ${orUnknown(onHandEstimate)}, ${words.demand} ${amount(signal.demandPerHour)}`,
    `  ${words.lost} ${amount(signal.lostUnits)} ${from(signal.lostUnitsLow, signal.lostUnitsHigh)}, ` +
      `${words.sales} ${orUnknown(lostSales)} ${from(lostSalesLow, lostSalesHigh)} ${currency ?? ''}`.trimEnd(),
    ...evidenceInWords(signal, words),
    ...(signal.causes.length === 0 ? [] : [words.causes]),
    ...signal.causes.map(({ name, probability: share }) => `  ${percent(share).padStart(8)}  ${name}`),
    ...receiptInWords(signal, words),
  ];
}

function evidenceInWords({ evidence }: Signal, words: (typeof WORDS)[Language]): string[] {
  const weight = (value: number) => value.toFixed(3).padStart(8);
  const sum = evidence.reduce((all, one) => all + one.weight, 0);
  const facts = (all: Readonly<Record<string, number>>) =>
    Object.entries(all)
      .map(([name, value]) => `${name} ${amount(value)}`)
      .join(', ');
  return [
    words.evidence,
    ...evidence.map((one) => `  ${weight(one.weight)}  ${one.name}  ${facts(one.facts)}`.trimEnd()),
    `  ${weight(sum)}  ${words.sum}: ${percent(1 / (1 + Math.exp(-sum)))}`,
  ];
}

function receiptInWords({ receipt, modelVersion }: Signal, words: (typeof WORDS)[Language]): string[] {
  if (!receipt) return [words.noReceipt];
  const { stream, partition, position, clockMs, ordinal, modelHash, setup, software } = receipt;
  const when = clockMs === null ? words.afterRecord : `${words.byClock} ${time(clockMs)}`;
  return [
    `${words.made} ${stream}/${partition}, ${words.position} ${position} (${when}), ${words.number} ${ordinal}`,
    `  ${words.model} ${modelVersion} ${modelHash.slice(0, 12)}, ${words.setup} ${setup.slice(0, 12)}, ${words.version} ${software}`,
  ];
}

export function inputsInWords(inputs: readonly ShelfInput[], language: Language): string[] {
  const lines = inputs.map(
    ({ position, atMs, effect, quantity }) => `  ${position}  ${time(atMs)}  ${effect}  ${amount(quantity)}`,
  );
  return [WORDS[language].inputs, ...lines];
}

export const startInWords = (kind: 'beginning' | 'snapshot', position: bigint, language: Language): string =>
  `${WORDS[language][kind]} ${position}`;

/** `differences` null: the signal is not made. */
export function verdictInWords(differences: readonly FieldDifference[] | null, language: Language): string[] {
  const words = WORDS[language];
  if (differences === null) return [words.notMade];
  if (differences.length === 0) return [words.same];
  return [
    words.differs,
    ...differences.map(
      ({ field, published, replayed }) =>
        `  ${field}: ${words.published} ${JSON.stringify(published)}, ${words.replayed} ${JSON.stringify(replayed)}`,
    ),
  ];
}
