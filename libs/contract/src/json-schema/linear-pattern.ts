import { RE2JS } from 're2js';

/** Steps of a backtracking match that nobody waits for: some milliseconds. */
const STEPS_MAX = 1_000_000;
/** Each may be there or not: so many of them double the ways so many times. */
const OPTIONAL_MAX = 8;

/**
 * A pattern of a JSON Schema that takes no text long to match, whoever wrote text and pattern. V8's own matching is quick and
 * knows everything, but its steps may grow with a power of the text's length, or exponentially where a repeated group holds
 * a repetition. So it only gets texts that are short enough for the pattern; others are matched by RE2's way, in linear time.
 * What RE2 has not (looking around, back references) matches no text that is too long for it. Throws an Error on a
 * pattern that is none, or that neither can match safely.
 */
export function compilePattern(pattern: string, flags: string): { test(text: string): boolean } {
  const native = new RegExp(pattern, flags);
  const unitsMax = unitsMaxOf(pattern);
  if (unitsMax === Infinity) return native;
  const linear = linearOf(pattern);
  if (linear === null && unitsMax === 0)
    throw new Error(`the pattern ${pattern} repeats a group and looks around: it may take for ever`);
  return {
    test: (text) => (text.length <= unitsMax ? native.test(text) : (linear?.test(text) ?? false)),
  };
}

/** How long a text V8 may match: n repetitions in a row, and a start anywhere, take a power of its length. 0: none. */
function unitsMaxOf(pattern: string): number {
  const plain = pattern
    .replace(/\\.|\[(?:\\.|[^\]\\])*\]/gsu, 'x')
    .replace(/\(\?(?:[:=!]|<[^>]*>|<?[=!])/g, '(');
  const quantifiers = plain.replace(/([*+?}])\?/g, '$1');
  const optional = quantifiers.match(/\?/g)?.length ?? 0;
  if (/\)(?:[*+]|\{)/.test(quantifiers) || optional > OPTIONAL_MAX) return 0;
  const repetitions = quantifiers.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0;
  const degree = repetitions + (plain.startsWith('^') && !plain.includes('|') ? 0 : 1);
  // Without a repetition, each start is given up after as many steps as the pattern is long.
  return repetitions === 0 ? Infinity : Math.floor(STEPS_MAX ** (1 / degree));
}

function linearOf(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch {
    return null;
  }
}
