import type { Cause } from '@gondola/events';
import type { Language } from '@gondola/nest';
import type { BriefAnswer, BriefMoney, RepeatOffender, RiskHour } from './brief-answer.js';

const LINES_OF_OFFENDERS = 3;
const NAME_CHARACTERS_MAX = 60;
const MINUTES_TOLD_UNTIL = 120;

/** Sentences of the brief in one language. Names come from data and stand as they are. */
interface Words {
  readonly locale: string;
  readonly causes: Readonly<Record<Cause['name'], string>>;
  readonly and: string;
  readonly to: (low: string, high: string) => string;
  readonly nothingLost: (store: string, day: string) => string;
  readonly lost: (store: string, day: string, shelves: number, money: string) => string;
  readonly weekBefore: (money: string) => string;
  readonly noWeekBefore: string;
  readonly availability: (share: string) => string;
  readonly offender: (item: string, times: number, money: string, cause: string | null) => string;
  readonly noOffender: string;
  readonly risks: (shelves: number, hours: string) => string;
  readonly noRisk: string;
  readonly first: (item: string, time: string, actBy: string | null) => string;
  readonly open: (shelves: number, money: string) => string;
  readonly noneOpen: string;
  readonly closed: (shelves: number, looked: number, time: string) => string;
  readonly noneClosed: string;
  readonly stopped: (money: string) => string;
  readonly brought: (money: string) => string;
  readonly broughtUnknown: string;
}

const shelvesEn = (count: number) => (count === 1 ? '1 shelf' : `${count} shelves`);
const shelvesEs = (count: number) => (count === 1 ? '1 góndola' : `${count} góndolas`);
const one = (count: number, single: string, several: string) => (count === 1 ? single : several);

const EN: Words = {
  locale: 'en-GB',
  causes: {
    not_ordered: 'not ordered',
    ordered_not_delivered: 'ordered and not delivered',
    partial_delivery: 'delivered in part',
    phantom_record: 'the record is wrong',
    in_backroom: 'in the backroom',
    negative_stock: 'the record is below zero',
    unknown: 'cause not known',
  },
  and: 'and',
  to: (low, high) => `${low} to ${high}`,
  nothingLost: (store, day) => `${store}, ${day}: no shelf was found empty.`,
  lost: (store, day, shelves, money) =>
    `${store}, ${day}: ${shelvesEn(shelves)} found empty${money && `, about ${money} lost`}.`,
  weekBefore: (money) => `A week before: ${money} lost.`,
  noWeekBefore: 'Nothing is known of the same day a week before.',
  availability: (share) => `Availability by sales: ${share}.`,
  offender: (item, times, money, cause) =>
    `Again and again: ${item}, ${times} times in seven days${money && `, ${money} lost`}${cause === null ? '' : `; ${cause}`}.`,
  noOffender: 'No shelf went empty twice in seven days.',
  risks: (shelves, hours) => `Today ${shelvesEn(shelves)} may run out: ${hours}.`,
  noRisk: 'Nothing is expected to run out today.',
  first: (item, time, actBy) =>
    `First ${item} at about ${time}${actBy === null ? '' : `; a refill helps until ${actBy}`}.`,
  open: (shelves, money) => `Empty now: ${shelvesEn(shelves)}${money && `, ${money} an hour`}.`,
  noneOpen: 'No shelf is known to be empty now.',
  closed: (shelves, looked, time) =>
    `Filled yesterday: ${shelvesEn(shelves)}, ${looked} after somebody looked; half of them within ${time}.`,
  noneClosed: 'No empty shelf was filled yesterday.',
  stopped: (money) => `Until then they lost ${money} an hour.`,
  brought: (money) => `Acting on them brought ${money}, by the hold-out arm.`,
  broughtUnknown: 'What acting brought is not known: there is no hold-out arm, or it is too small.',
};

const ES: Words = {
  locale: 'es',
  causes: {
    not_ordered: 'no se pidió',
    ordered_not_delivered: 'se pidió y no llegó',
    partial_delivery: 'llegó solo una parte',
    phantom_record: 'el inventario está mal',
    in_backroom: 'está en bodega',
    negative_stock: 'el inventario está bajo cero',
    unknown: 'causa desconocida',
  },
  and: 'y',
  to: (low, high) => `${low} a ${high}`,
  nothingLost: (store, day) => `${store}, ${day}: no se encontró ninguna góndola vacía.`,
  lost: (store, day, shelves, money) =>
    `${store}, ${day}: ${shelvesEs(shelves)} ${one(shelves, 'vacía', 'vacías')}${money && `, unos ${money} perdidos`}.`,
  weekBefore: (money) => `Una semana antes: ${money} perdidos.`,
  noWeekBefore: 'No se sabe nada del mismo día de la semana anterior.',
  availability: (share) => `Disponibilidad por ventas: ${share}.`,
  offender: (item, times, money, cause) =>
    `Una y otra vez: ${item}, ${times} veces en siete días${money && `, ${money} perdidos`}${cause === null ? '' : `; ${cause}`}.`,
  noOffender: 'Ninguna góndola quedó vacía dos veces en siete días.',
  risks: (shelves, hours) =>
    `Hoy ${one(shelves, 'puede', 'pueden')} agotarse ${shelvesEs(shelves)}: ${hours}.`,
  noRisk: 'No se espera que hoy se agote nada.',
  first: (item, time, actBy) =>
    `Primero ${item} hacia las ${time}${actBy === null ? '' : `; reponer sirve hasta las ${actBy}`}.`,
  open: (shelves, money) =>
    `${one(shelves, 'Vacía', 'Vacías')} ahora: ${shelvesEs(shelves)}${money && `, ${money} por hora`}.`,
  noneOpen: 'No se sabe de ninguna góndola vacía ahora.',
  closed: (shelves, looked, time) =>
    `${one(shelves, 'Repuesta', 'Repuestas')} ayer: ${shelvesEs(shelves)}, ${looked} tras mirarlas alguien; la mitad en ${time}.`,
  noneClosed: 'Ayer no se repuso ninguna góndola vacía.',
  stopped: (money) => `Hasta entonces perdían ${money} por hora.`,
  brought: (money) => `Atenderlas trajo ${money}, según el grupo de control.`,
  broughtUnknown: 'No se sabe qué trajo atenderlas: no hay grupo de control o es muy pequeño.',
};

/** The brief in ten lines at most. */
export function linesOf(brief: Omit<BriefAnswer, 'lines'>, language: Language): string[] {
  const words = language === 'es' ? ES : EN;
  const { loss, repeatOffenders, closed } = brief;
  const store = nameOf(brief.storeName, brief.storeId);
  const sums = (list: readonly BriefMoney[]) =>
    list.map((sum) => moneyText(sum, words)).join(` ${words.and} `);
  const shares = loss.availability
    .map(({ value }) => `${number(100 * value, words, 1)} %`)
    .join(` ${words.and} `);
  const before =
    loss.lostWeekBefore.length > 0 ? words.weekBefore(sums(loss.lostWeekBefore)) : words.noWeekBefore;
  const offenders = repeatOffenders.slice(0, LINES_OF_OFFENDERS).map((one) => offenderText(one, words, sums));
  const stopped = closed.stoppedPerHour.length > 0 ? ` ${words.stopped(sums(closed.stoppedPerHour))}` : '';
  return [
    loss.episodes === 0
      ? words.nothingLost(store, brief.yesterday)
      : words.lost(store, brief.yesterday, loss.episodes, sums(loss.lost)),
    `${before}${shares && ` ${words.availability(shares)}`}`,
    ...(offenders.length > 0 ? offenders : [words.noOffender]),
    ...riskTexts(brief, words),
    brief.today.openShelves > 0
      ? words.open(brief.today.openShelves, sums(brief.today.lostPerHour))
      : words.noneOpen,
    closed.episodes > 0
      ? `${words.closed(closed.episodes, closed.lookedAt, lengthText(closed.minutesToFixMedian ?? 0, words))}${stopped}`
      : words.noneClosed,
    ...(closed.episodes > 0
      ? [closed.recovered.length > 0 ? words.brought(sums(closed.recovered)) : words.broughtUnknown]
      : []),
  ];
}

function offenderText(
  { itemId, itemName, times, lost, cause }: RepeatOffender,
  words: Words,
  sums: (list: readonly BriefMoney[]) => string,
): string {
  return words.offender(nameOf(itemName, itemId), times, sums(lost), cause && words.causes[cause]);
}

function riskTexts({ today, timeZone }: Omit<BriefAnswer, 'lines'>, words: Words): string[] {
  const { risks } = today;
  const first = risks[0]?.items[0];
  if (!first) return [words.noRisk];
  const time = (timeMs: number) =>
    new Intl.DateTimeFormat(words.locale, {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(timeMs);
  const shelves = risks.reduce((sum, hour) => sum + hour.shelves, 0);
  const hours = risks.map(({ hour, shelves: count }: RiskHour) => `${count} × ${hour} h`).join(', ');
  return [
    words.risks(shelves, hours),
    words.first(
      nameOf(first.itemName, first.itemId),
      time(first.expectedAtMs),
      first.actByMs === null ? null : time(first.actByMs),
    ),
  ];
}

function moneyText({ currency, value, low, high }: BriefMoney, words: Words): string {
  const ends = low === high ? '' : ` (${words.to(number(low, words, 0), number(high, words, 0))})`;
  return `${number(value, words, 0)}${currency === null ? '' : ` ${currency}`}${ends}`;
}

/** Nobody thinks of half a day as 720 minutes. */
const lengthText = (minutes: number, words: Words): string =>
  minutes < MINUTES_TOLD_UNTIL ? `${number(minutes, words, 0)} min` : `${number(minutes / 60, words, 1)} h`;

/** Always grouped: Spanish leaves thousands below 10,000 whole, and 7716 beside 237.517 reads as another kind of number. */
const number = (value: number, { locale }: Words, digits: number): string =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: digits, useGrouping: 'always' }).format(value);

/** In one line, whatever data calls it. */
function nameOf(name: string | null, id: string): string {
  const text = (name ?? id).replace(/[\p{C}\s]+/gu, ' ').trim();
  return text.length > NAME_CHARACTERS_MAX ? `${text.slice(0, NAME_CHARACTERS_MAX - 1)}…` : text;
}
