import { hash } from 'node:crypto';

/** 32 hex digits that follow from these parts alone. What parts two of them in the text is escaped within one: ids may have any characters. */
export function identityOf(...parts: readonly (string | number)[]): string {
  const text = parts.map((part) => String(part).replace(/[\\|]/g, '\\$&')).join('|');
  return hash('sha256', text, 'hex').slice(0, 32);
}
