/** Languages that people are answered in. */
export type Language = 'en' | 'es';

/** What an `accept-language` asks for: the one of ours with the greater weight (RFC 9110 §12.5.4), English when it names neither. */
export function languageOf(acceptLanguage: string | undefined): Language {
  let best: Language = 'en';
  let most = 0;
  for (const part of (acceptLanguage ?? '').split(',')) {
    const [, language, weight = '1'] =
      /^\s*(en|es)(?:-[a-z0-9-]+)?\s*(?:;\s*q=([\d.]+))?\s*$/i.exec(part) ?? [];
    if (language === undefined || Number(weight) <= most) continue;
    best = language.toLowerCase() as Language;
    most = Number(weight);
  }
  return best;
}
