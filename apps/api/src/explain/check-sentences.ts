import type { Language } from '@gondola/nest';
import { z } from 'zod';
import { fold, stem, wordsOf } from './fold.js';
import type { Fact, Source } from './sources.js';

/** Why what a model wrote is not said. */
export const REFUSALS = [
  'not_json',
  'unknown_fact',
  'no_fact',
  'too_long',
  'number',
  'name',
  'markup',
  'negation',
  'wording',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface Checked {
  readonly text: string;
  readonly sources: readonly Source[];
  /** Places of the facts that it says. */
  readonly facts: readonly number[];
}

const SENTENCES_MAX = 20;
const CHARACTERS_MAX = 400;
/** Share of its words that must be of the facts that it cites, or say nothing by themselves. */
const SHARE_MIN = 0.75;

const answer = z.object({
  sentences: z
    .array(z.object({ text: z.string().min(1), facts: z.array(z.string()).max(SENTENCES_MAX) }))
    .min(1)
    .max(SENTENCES_MAX),
});

/** What a model answered, sentence by sentence; null: it is not what it was asked for. */
export function parseModelAnswer(text: string): z.output<typeof answer>['sentences'] | null {
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  try {
    const parsed = answer.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data.sentences : null;
  } catch {
    return null;
  }
}

/**
 * A sentence of a model against the facts that it says it has it from: it may put them in other words and leave some out, but
 * has no number, name, address or denial that they do not have, and few words besides theirs.
 */
export function checkSentence(
  { text, facts: cited }: { readonly text: string; readonly facts: readonly string[] },
  facts: readonly Fact[],
  language: Language,
): Checked | Refusal {
  if (cited.length === 0) return 'no_fact';
  const places = [...new Set(cited)].map((id) => (/^f[1-9]\d?$/.test(id) ? Number(id.slice(1)) - 1 : -1));
  const told = places.map((place) => facts[place]);
  // A quote stands as it is, and the model was not given it.
  if (told.some((fact) => fact === undefined || fact.isQuote)) return 'unknown_fact';
  const support = told.map((fact) => fact.text).join(' ');
  if ([...text].length > CHARACTERS_MAX) return 'too_long';
  if (/[<>{}|\\`_]|\p{C}|https?:|www\.|\w@\w|\]\(|\w\.(com|net|org|io|example)\b/iu.test(text))
    return 'markup';
  if (!isSubset(namesIn(text), namesIn(support)) || /[[\]]/.test(text.replace(NAME, ''))) return 'name';
  if (!isSubset(numbersIn(text), numbersIn(support))) return 'number';
  if (denies(text, language) !== denies(support, language)) return 'negation';
  if (shareOf(text, support) < SHARE_MIN) return 'wording';
  return { text, sources: told.flatMap(({ sources }) => sources), facts: places };
}

const NAME = /\[NAME\d+\]/g;
const namesIn = (text: string): readonly string[] => text.match(NAME) ?? [];

/** Numbers as they are written, in digits of any script or in words. */
function numbersIn(text: string): readonly string[] {
  const plain = text.replace(NAME, ' ');
  const digits = plain.match(/\p{N}+(?:[.,:]\p{N}+)*/gu) ?? [];
  return [...digits, ...wordsOf(plain).filter((word) => NUMBER_WORDS.has(word))];
}

/** Without those that are words of other meaning too: one, uno, una. */
const NUMBER_WORDS: ReadonlySet<string> = new Set(
  `zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
  twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions dozen dozens half twice
  thrice double triple cero dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte treinta cuarenta
  cincuenta sesenta setenta ochenta noventa cien ciento cientos mil miles millon millones docena docenas medio media mitad doble triple`.split(
    /\s+/,
  ),
);

const DENIALS: Readonly<Record<Language, RegExp>> = {
  en: /\b(no|not|never|none|nothing|nobody|without|cannot|neither|nor|isn|aren|wasn|weren|don|doesn|didn|hasn|haven|won|can't|stop|ignore)\b/,
  es: /\b(no|nunca|jamas|ningun|ninguno|ninguna|nada|nadie|sin|ni|tampoco|deje|ignore|ignora|ignorar)\b/,
};
const denies = (text: string, language: Language): boolean => DENIALS[language].test(fold(text));

function shareOf(text: string, support: string): number {
  const words = wordsOf(text.replace(NAME, ' ')).filter((word) => word.length > 3 || !/^\p{L}+$/u.test(word));
  const known = new Set(wordsOf(support.replace(NAME, ' ')).map(stem));
  const counted = words.map(stem).filter((one) => !JOINTS.has(one));
  if (counted.length === 0) return 0;
  return counted.filter((one) => known.has(one)).length / counted.length;
}

/** Words that only join others. */
const JOINTS: ReadonlySet<string> = new Set(
  `about according also around because been being currently during from have into likely meanwhile only over shelf since still that
  their them then there these they this those thus time units until were what when where which while with would
  ademas alrededor ante aproximadamente aunque como cuando desde donde durante entonces entre esta este esto estos gondola hasta
  mientras para pero porque segun siendo sobre solo tambien unas unos unidades`
    .split(/\s+/)
    .map(stem),
);

const isSubset = (some: readonly string[], of: readonly string[]): boolean => {
  const all = new Set(of);
  return some.every((one) => all.has(one));
};
