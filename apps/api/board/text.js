/** Words and formats in the languages of the shops. `{x}` is replaced by the argument of that name. */
const TEXTS = {
  es: {
    now: 'Ahora',
    incidents: 'Una causa, muchas góndolas',
    item_short: '{region}: sin {item} en {x} tiendas',
    item_short_all: 'Sin {item} en {x} tiendas',
    feed_dead: 'No llegan datos de {store}',
    feed_dead_many: '{region}: no llegan datos de {x} tiendas',
    feed_dead_many_all: 'No llegan datos de {x} tiendas',
    feed_dead_note: 'No se sabe nada de {x} góndolas',
    store_closed: '{store} está cerrada',
    store_closed_many: '{region}: {x} tiendas cerradas',
    store_closed_many_all: '{x} tiendas cerradas',
    store_closed_note: '{x} góndolas sin ventas por eso',
    till_offline: 'La caja {till} de {store} no envía ventas',
    moreIncidents: 'y {x} causas más',
    topShelves: 'Góndolas que más pierden',
    stores: 'Tiendas',
    out_of_stock: 'Agotado',
    phantom: 'Stock fantasma',
    silent: 'Sin ventas',
    coming: 'Se agotará',
    partial: 'Vende poco',
    recovered: 'Repuesto',
    lostNow: 'se pierde por hora',
    lostNothing: 'Nada',
    perHour: '{x}/h',
    unitsPerHour: '{x} u/h',
    withoutPrice: '{x} u/h sin precio',
    outOf10: '{x} de 10',
    probably: 'Probablemente vacía: {x} de 10',
    probablyPartial: 'Probablemente falta algo en la góndola: {x} de 10',
    atSignal: 'así era a las {time}',
    actBy: 'actuar a más tardar a las {time}',
    actByPassed: 'ya es tarde: era a más tardar a las {time}',
    willRunOut: 'Se agotará hacia las {time}: {x} de 10',
    isBack: 'Repuesta',
    since: 'desde {time}',
    emptyAt: 'vacía hacia las {time}',
    live: 'En vivo. Datos al {time}.',
    polling: 'Sin conexión en vivo; se consulta cada pocos segundos. Datos al {time}.',
    lastSignal: 'Última señal {ago}.',
    checked: 'Ventas revisadas hasta las {time}.',
    offline: 'El servidor no responde. Lo que ve es de las {time}.',
    neverOnline: 'El servidor no responde. Todavía no se sabe nada.',
    starting: 'Leyendo el lago de datos…',
    disconnected: 'El lago de datos no responde: esto puede estar atrasado. {detail}',
    demo: 'Demostración: tiendas inventadas, y el reloj puede ir más rápido que el suyo.',
    nothingYet: 'Aún no ha llegado ninguna señal. Eso no dice nada sobre las góndolas.',
    nothingYetStore: 'Sin señales todavía',
    noneOpen: 'Ninguna señal abierta.',
    noStores: 'Aún no se conoce ninguna tienda.',
    onlyStore: 'Solo {name}.',
    allStores: 'Ver todas',
    moreShelves: 'y {x} más',
    moreStores: 'y {x} tiendas más',
    openCount: '{x} abiertas',
    noneOpenShort: 'ninguna abierta',
    back: '← Volver',
    why: 'Por qué',
    last24h: 'Últimas 24 horas antes de la señal, unidades por hora',
    sold: 'vendido',
    expected: 'esperado',
    gap: 'faltante',
    chart: 'Vendido {sold} de {expected} unidades esperadas en 24 horas',
    history: 'Señales',
    loading: 'Cargando…',
    notFound: 'Ya no se guarda ninguna señal de esta góndola.',
    lostSoFar: '{x} unidades perdidas ({low} a {high})',
    usual: 'Lo normal son {demand} por hora',
    lowSales: '{sold} vendidas en {hours} h, cuando se esperaban {expected}',
    noneSince: 'ninguna vendida desde las {time}',
    noneSinceExpected: 'ninguna vendida desde las {time}, cuando se esperaban {expected}',
    recordSays: 'el registro dice {x}',
    recordUnknown: 'no se conoce registro de stock',
    runsOut: 'alcanza hasta cerca de las {time}',
    runsOutUnknown: 'no alcanzará para la demanda de las próximas horas',
    soldAgain: 'Se volvió a vender a las {time}',
    assumedBack: 'Todavía sin ventas; a esta hora suele estar repuesta (vacía: {x} de 10)',
    not_ordered: 'no se pidió',
    ordered_not_delivered: 'pedido, no entregado',
    partial_delivery: 'entrega incompleta',
    phantom_record: 'registro equivocado',
    in_backroom: 'está en bodega',
    negative_stock: 'stock negativo en el registro',
    unknown: 'causa desconocida',
    causes: 'Causa probable',
    causeOf10: '{cause} ({x} de 10)',
    seenOut: '{x} visitas de la tienda web la vieron agotada',
    notPicked: '{x} veces no se encontró al preparar pedidos',
    probablyBack: 'Probablemente repuesto',
    isProbablyBack: 'Probablemente repuesta',
    empty: '(vacío)',
  },
  en: {
    now: 'Now',
    incidents: 'One cause, many shelves',
    item_short: '{region} short of {item}: {x} stores',
    item_short_all: 'Short of {item}: {x} stores',
    feed_dead: 'No data from {store}',
    feed_dead_many: '{region}: no data from {x} stores',
    feed_dead_many_all: 'No data from {x} stores',
    feed_dead_note: 'Nothing is known of {x} shelves',
    store_closed: '{store} is closed',
    store_closed_many: '{region}: {x} stores are closed',
    store_closed_many_all: '{x} stores are closed',
    store_closed_note: '{x} shelves do not sell for that',
    till_offline: 'Till {till} of {store} sends no sales',
    moreIncidents: 'and {x} more causes',
    topShelves: 'Shelves losing most',
    stores: 'Stores',
    out_of_stock: 'Out of stock',
    phantom: 'Phantom stock',
    silent: 'No sales',
    coming: 'Running out',
    partial: 'Sells little',
    recovered: 'Back',
    lostNow: 'lost per hour',
    lostNothing: 'Nothing',
    perHour: '{x}/h',
    unitsPerHour: '{x} units/h',
    withoutPrice: '{x} units/h without a price',
    outOf10: '{x} of 10',
    probably: 'Probably empty: {x} of 10',
    probablyPartial: 'Probably something is missing on the shelf: {x} of 10',
    atSignal: 'as of {time}',
    actBy: 'act by {time}',
    actByPassed: 'already late: was to act by {time}',
    willRunOut: 'Will run out about {time}: {x} of 10',
    isBack: 'Back on the shelf',
    since: 'since {time}',
    emptyAt: 'empty about {time}',
    live: 'Live. As of {time}.',
    polling: 'No live connection; asking every few seconds. As of {time}.',
    lastSignal: 'Last signal {ago}.',
    checked: 'Sales looked at up to {time}.',
    offline: 'The server does not answer. What you see is from {time}.',
    neverOnline: 'The server does not answer. Nothing is known yet.',
    starting: 'Reading the lake…',
    disconnected: 'The lake does not answer: this may be out of date. {detail}',
    demo: 'Demo: made-up stores, and the clock may run faster than yours.',
    nothingYet: 'No signal has arrived yet. That says nothing about the shelves.',
    nothingYetStore: 'No signals yet',
    noneOpen: 'No open signals.',
    noStores: 'No store is known yet.',
    onlyStore: 'Only {name}.',
    allStores: 'Show all',
    moreShelves: 'and {x} more',
    moreStores: 'and {x} more stores',
    openCount: '{x} open',
    noneOpenShort: 'none open',
    back: '← Back',
    why: 'Why',
    last24h: 'Last 24 hours before the signal, units per hour',
    sold: 'sold',
    expected: 'expected',
    gap: 'missing',
    chart: 'Sold {sold} of {expected} expected units in 24 hours',
    history: 'Signals',
    loading: 'Loading…',
    notFound: 'No signal of this shelf is kept any more.',
    lostSoFar: '{x} units lost ({low} to {high})',
    usual: 'Usually {demand} an hour',
    lowSales: '{sold} sold in {hours} h when {expected} were expected',
    noneSince: 'none sold since {time}',
    noneSinceExpected: 'none sold since {time} when {expected} were expected',
    recordSays: 'the record says {x}',
    recordUnknown: 'no stock record is known',
    runsOut: 'lasts until about {time}',
    runsOutUnknown: 'will not last for the demand of the coming hours',
    soldAgain: 'Sold again at {time}',
    assumedBack: 'No sale yet; by this hour it is usually filled (empty: {x} of 10)',
    not_ordered: 'not ordered',
    ordered_not_delivered: 'ordered, not delivered',
    partial_delivery: 'delivered in part',
    phantom_record: 'wrong record',
    in_backroom: 'in the backroom',
    negative_stock: 'negative stock in the record',
    unknown: 'cause unknown',
    causes: 'Probable cause',
    causeOf10: '{cause} ({x} of 10)',
    seenOut: '{x} visits of the web shop saw it out',
    notPicked: 'not found {x} times when orders were picked',
    probablyBack: 'Probably back',
    isProbablyBack: 'Probably back on the shelf',
    empty: '(empty)',
  },
};

const STORED = 'gondola.language';
let language = stored() ?? (navigator.languages ?? [navigator.language]).map(known).find(Boolean) ?? 'en';

function known(tag) {
  const two = String(tag).slice(0, 2).toLowerCase();
  return two in TEXTS ? two : null;
}

// Storage may be forbidden: then the choice lasts as long as the page.
function stored() {
  try {
    return known(localStorage.getItem(STORED));
  } catch {
    return null;
  }
}

export const currentLanguage = () => language;

export function setLanguage(next) {
  language = known(next) ?? language;
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // see above
  }
}

export function t(name, values = {}) {
  const text = TEXTS[language][name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ''));
  // Times may end in a full stop of their own: `6:03 p. m.`
  return text.replace(/\.\.(?= |$)/g, '.');
}

/** The regional form of the reader's language, for numbers and dates. */
const locale = () => (navigator.languages ?? []).find((tag) => known(tag) === language) ?? language;

export function number(value, digits = 1) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function money(value, currency) {
  const options = { maximumFractionDigits: value >= 100 ? 0 : 2 };
  if (value >= 1e6) Object.assign(options, { notation: 'compact', maximumFractionDigits: 1 });
  try {
    return new Intl.NumberFormat(locale(), { ...options, style: 'currency', currency }).format(value);
  } catch {
    // Not a currency code: the amount still counts.
    return `${new Intl.NumberFormat(locale(), options).format(value)} ${currency ?? ''}`.trim();
  }
}

/** Hour and minute, with the day when it is not the day of `nowMs`. */
export function time(ms, nowMs) {
  const date = new Date(ms);
  const sameDay = date.toDateString() === new Date(nowMs).toDateString();
  const day = sameDay ? {} : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale(), { ...day, hour: '2-digit', minute: '2-digit' }).format(date);
}

/** `2 h ago`. */
export function ago(ms, nowMs) {
  const minutes = Math.round((ms - nowMs) / 60_000);
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  if (Math.abs(minutes) < 60) return format.format(minutes, 'minute');
  if (Math.abs(minutes) < 48 * 60) return format.format(Math.round(minutes / 60), 'hour');
  return format.format(Math.round(minutes / 1440), 'day');
}

/** Never 0 and never more than is known: probability as people count. */
export const outOf10 = (probability) => Math.min(10, Math.max(1, Math.round(probability * 10)));

/** The likeliest cause, null where it is more likely another. */
export function likelyCause({ causes }) {
  const [first] = causes ?? [];
  return first && first.name !== 'unknown' && first.probability >= 0.5 ? t(first.name) : null;
}

/** `12.50 €/h`, or units where no price is known. */
export function loss(signal) {
  if (signal.lostSalesPerHour === null) return t('unitsPerHour', { x: number(signal.demandPerHour) });
  return t('perHour', { x: money(signal.lostSalesPerHour, signal.currency) });
}

export function lossTotal({ sales, unitsWithoutPrice }) {
  const parts = sales
    .filter(({ perHour }) => perHour > 0)
    .map(({ perHour, currency }) => t('perHour', { x: money(perHour, currency) }));
  if (unitsWithoutPrice > 0) {
    const x = number(unitsWithoutPrice);
    parts.push(parts.length > 0 ? t('withoutPrice', { x }) : t('unitsPerHour', { x }));
  }
  return parts;
}
