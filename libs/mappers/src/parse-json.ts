/** No format here is a dozen deep. Deeper, whatever walks a document would overflow the stack. */
const DEPTH_MAX = 64;

/**
 * JSON whose whole numbers beyond 53 bits are the text that stands there: as numbers they would be the id of something
 * else. Throws what JSON.parse throws, and a RangeError for more than 64 levels.
 */
export function parseJson(text: string): unknown {
  requireShallow(text);
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
}

/** TypeScript does not know the third argument yet: "JSON.parse source text access", V8 11.4. */
function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  const isLong = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLong && /^-?\d+$/.test(context.source ?? '') ? context.source : value;
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
];

function requireShallow(text: string): void {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > DEPTH_MAX) throw new RangeError(`more than ${DEPTH_MAX} levels`);
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
}
