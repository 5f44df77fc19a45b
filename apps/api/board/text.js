import { ENGLISH } from './words-en.js';
import { SPANISH } from './words-es.js';

/** Words and formats in the languages of the shops. `{x}` is replaced by the argument of that name. */
const TEXTS = { es: SPANISH, en: ENGLISH };

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

/** For names that others make, `constructor` among them: the word where there is one, else the name itself. */
export const wordOf = (name) => (Object.hasOwn(TEXTS[language], name) ? t(name) : name);

/** The regional form of the reader's language, for numbers and dates. */
const locale = () => (navigator.languages ?? []).find((tag) => known(tag) === language) ?? language;

export function number(value, digits = 1) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function percent(share, digits = 1) {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: digits }).format(share);
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

/** What is asked side by side is not of the same moment, and a demo's clock runs. */
const AHEAD_MS = 3_600_000;

/** `2 h ago`. What comes from later than now comes from a clock that is wrong, and nothing is known of its age. */
export function ago(ms, nowMs) {
  if (ms - nowMs > AHEAD_MS) return t('ahead', { time: time(ms, nowMs) });
  const seconds = Math.min(0, Math.round((ms - nowMs) / 1_000));
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  if (Math.abs(seconds) < 90) return format.format(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  if (Math.abs(minutes) < 90) return format.format(minutes, 'minute');
  if (Math.abs(minutes) < 48 * 60) return format.format(Math.round(minutes / 60), 'hour');
  return format.format(Math.round(minutes / 1440), 'day');
}

/** `2 h 5 min`. */
export function duration(minutes) {
  const whole = Math.round(minutes);
  if (whole < 60) return t('minutes', { x: number(whole, 0) });
  const hours = Math.floor(whole / 60);
  if (hours >= 48) return t('days', { x: number(hours / 24) });
  return whole % 60 === 0 || hours >= 10
    ? t('hours', { x: number(whole / 60, 0) })
    : t('hoursMinutes', { x: number(hours, 0), y: number(whole % 60, 0) });
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
