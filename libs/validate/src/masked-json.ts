import { ByteValues } from '@gondola/stream';
import type { Tokenize } from './tokens.js';

/**
 * JSON text without what fields of these names hold, wherever they stand. Of which type a value has to be, the text does not say:
 * one of its own kind passes most schemas. So a text becomes its token, and anything else says nothing.
 */
export function maskedJson(text: string, names: ReadonlyMap<string, unknown>, tokenize: Tokenize): string {
  // What is read and written again may come out with other digits; a name may be written with escapes.
  if (!text.includes('\\') && ![...names.keys()].some((name) => text.includes(`"${name}"`))) return text;
  return JSON.stringify(JSON.parse(text), (name, inner: unknown) =>
    names.has(name) ? masked(inner, tokenize) : inner,
  );
}

function masked(value: unknown, tokenize: Tokenize): unknown {
  if (typeof value === 'string') return tokenize(ByteValues.of([value])).textAt(0);
  if (typeof value === 'number') return 0;
  if (typeof value === 'boolean') return false;
  return Array.isArray(value) ? [] : null;
}
