import type { Language } from '@gondola/nest';
import { printable } from './fold.js';
import type { Fact, Row, Source } from './sources.js';

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', es: 'es' };
const NAME = /\[NAME(\d+)\]/g;

/** Never 0 and never more than is known: probability as people count. */
const outOf10 = (probability: number): number => Math.min(9, Math.max(1, Math.round(probability * 10)));

/** What a sentence cites, and how it shows that. */
export class Cited {
  readonly sources: Source[] = [];

  constructor(
    private readonly language: Language,
    private readonly timeZone: string,
  ) {}

  amount(row: Row, pointer: string, value: number, digits = 1): string {
    return this.cite(row, pointer, value, this.numberText(value, digits));
  }

  /** `8`, of ten. */
  outOf10(row: Row, pointer: string, probability: number): string {
    return this.cite(row, pointer, probability, String(outOf10(probability)));
  }

  percent(row: Row, pointer: string, share: number): string {
    return this.cite(row, pointer, share, `${this.numberText(share * 100, 1)} %`);
  }

  money(row: Row, pointer: string, value: number, currency: string | null): string {
    const text = this.numberText(value, value >= 100 ? 0 : 2);
    // A currency is three letters by its contract, and nothing else is shown as one.
    const unit = currency !== null && /^[A-Z]{3}$/.test(currency) ? ` ${currency}` : '';
    return this.cite(row, pointer, value, `${text}${unit}`);
  }

  time(row: Row, pointer: string, timeMs: number): string {
    return this.cite(row, pointer, timeMs, this.timeText(timeMs));
  }

  /** Of a closed list, in the words of the language. */
  word(row: Row, pointer: string, value: string | null, shown: string): string {
    return this.cite(row, pointer, value, shown);
  }

  quote(row: Row, text: string): string {
    this.sources.push({ ...row, pointer: '/text', value: null, shown: text, quote: text });
    return `“${text}”`;
  }

  /** `1 May, 07:00`; UTC, unless the store's own time is known. */
  private timeText(timeMs: number): string {
    const text = new Intl.DateTimeFormat(LOCALES[this.language], {
      ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
      ...{ hourCycle: 'h23', timeZone: this.timeZone },
    }).format(timeMs);
    return this.timeZone === 'UTC' ? `${text} UTC` : text;
  }

  private numberText(value: number, digits: number): string {
    return new Intl.NumberFormat(LOCALES[this.language], {
      maximumFractionDigits: digits,
      useGrouping: 'always',
    }).format(value);
  }

  private cite(row: Row, pointer: string, value: number | string | null, shown: string): string {
    this.sources.push({ ...row, pointer, value, shown, quote: null });
    return shown;
  }
}

/** Puts an answer together sentence by sentence. What others have named stays a placeholder until the end. */
export class Teller {
  readonly facts: Fact[] = [];
  private readonly names: string[] = [];

  constructor(
    readonly language: Language,
    private readonly timeZone = 'UTC',
  ) {}

  /** A sentence that cites nothing is a fault of ours, and is not told. */
  tell(write: (cited: Cited) => string, isNeeded = false): void {
    const cited = new Cited(this.language, this.timeZone);
    const text = write(cited);
    if (cited.sources.length === 0) throw new Error(`a sentence without a source: ${text}`);
    const isQuote = cited.sources.some(({ quote }) => quote !== null);
    this.facts.push({ text, sources: cited.sources, isNeeded, isQuote });
  }

  /** A placeholder for what somebody outside wrote. */
  name(text: string, charactersMax?: number): string {
    return this.nameAs(`“${printable(text, charactersMax)}”`);
  }

  /** The same of something with an id: `“Milk” (SKU-1)`. */
  named(id: string, name: string | null): string {
    return this.nameAs(name === null ? printable(id) : `“${printable(name)}” (${printable(id)})`);
  }

  /** With the names in their places. Names that look like placeholders stay as they are. */
  filled(text: string): string {
    return text.replace(NAME, (placeholder, number: string) => this.names[Number(number) - 1] ?? placeholder);
  }

  get namesTotal(): number {
    return this.names.length;
  }

  private nameAs(text: string): string {
    const known = this.names.indexOf(text);
    if (known >= 0) return `[NAME${known + 1}]`;
    this.names.push(text);
    return `[NAME${this.names.length}]`;
  }
}
