/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | null | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values are escaped, unless they are templates themselves; null is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(
    strings.reduce((text, string, index) => text + partText(values[index - 1] ?? null) + string),
  );
}

function partText(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(partText).join('');
  return String(part).replaceAll(/[&<>"']/g, (character) => ESCAPES[character]);
}

/** For ids within the page. */
export const anchor = (text: string): string => text.replaceAll(/[^A-Za-z0-9.-]/g, '-');

/** May be broken behind its dots. */
export const breakable = (text: string): Html =>
  html`${text.split('.').map((part, index) => (index === 0 ? html`${part}` : html`.<wbr />${part}`))}`;
