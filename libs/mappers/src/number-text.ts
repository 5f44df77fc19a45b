/** Longer than any amount that a till prints. */
const TEXT_LENGTH_MAX = 40;
const CURRENCY = /\p{Sc}|(?<!\p{L})[A-Z]{3}(?!\p{L})/u;

/**
 * The number that a text says: '$ 79.95', '1,299.00', '1.299,00 €', '79,95', '(5.00)', '5.00-', 'COP 1 200'. Null when it
 * says none, and when it may say two: '1,299' is a thousand and more in one country and little more than one in the next,
 * and so is '$ 1.299'. Bare '1.299' is what machines write.
 */
export function numberOfText(text: string): number | null {
  if (text.length > TEXT_LENGTH_MAX) return null;
  if (/^[+-]?\d+(\.\d+)?(e[+-]?\d{1,2})?$/i.test(text)) return finite(Number(text));
  const parts = /^([^\d.,]*)((?:\d|[.,](?=\d)|[ \u00a0\u202f'’](?=\d{3}(?!\d)))+)([^\d]*)$/u.exec(
    text.trim(),
  );
  if (!parts) return null;
  const sign = signOf(parts[1], parts[3]);
  const isMoney = CURRENCY.test(parts[1]) || CURRENCY.test(parts[3]);
  const size = sizeOf(parts[2].replace(/[ \u00a0\u202f'’]/g, ''), isMoney);
  return sign === null || size === null ? null : finite(sign * size);
}

/** What may stand around the digits: a currency as symbol or letters, one sign before or after them, or parentheses. */
function signOf(before: string, after: string): 1 | -1 | null {
  const around = `${before}#${after}`.replace(/\s/g, '');
  const marks = around.replace(/\p{Sc}/gu, '').replace(/\p{L}{1,3}\.?/u, '');
  if (marks === '#' || marks === '+#') return 1;
  return ['-#', '#-', '−#', '#−', '(#)'].includes(marks) ? -1 : null;
}

function sizeOf(digits: string, isMoney: boolean): number | null {
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  if (last < 0) return Number(digits);
  const mark = digits[last];
  const other = mark === '.' ? ',' : '.';
  const whole = digits.slice(0, last);
  if (whole.includes(mark)) {
    // 1.234.567: the mark comes more than once, so it groups.
    return digits.includes(other) ? null : grouped(digits, mark);
  }
  if (
    (mark === ',' || isMoney) &&
    !whole.includes(other) &&
    /^[.,]\d{3}$/.test(digits.slice(last)) &&
    /^[1-9]\d{0,2}$/.test(whole)
  )
    return null;
  const size = whole.includes(other) ? grouped(whole, other) : Number(whole || '0');
  return size === null ? null : Number(`${size}.${digits.slice(last + 1)}`);
}

function grouped(digits: string, mark: string): number | null {
  const [first, ...rest] = digits.split(mark);
  const isGrouped = first.length >= 1 && first.length <= 3 && rest.every((group) => group.length === 3);
  return isGrouped ? Number(first + rest.join('')) : null;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
