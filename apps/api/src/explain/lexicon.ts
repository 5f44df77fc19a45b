import type { Language } from '@gondola/nest';
import { fold, stem } from './fold.js';

const stemsIn = (words: string): ReadonlySet<string> =>
  new Set(
    words
      .trim()
      .split(/\s+/)
      .map((word) => stem(fold(word))),
  );

/** Words that say nothing of what a question is about, by language. */
const EMPTY: Readonly<Record<Language, string>> = {
  en: `a about an and any are as at be been by can could did do does for from give has have how i in is it its me much my of on or
    our please say should so some tell than that the their them there these they this those to us was we were what when where which
    who why will with would you your explain show mean means meaning happening happen going anything something exactly really
    right now soon currently still so little few much many since until because anybody somebody long take takes reason reasons cause causes know think let get got need want whats because all each every into only just more most`,
  es: `a al algo algun alguna ante como con cual cuales cuando cuanta cuanto cuantas cuantos de debe debo del desde dime donde e el
    ella ellos en entre era eran es esa esas ese eso esos esta estan estas este esto estos estoy fue ha hace hacer hago han hay he la
    las le les lo los mas me mi muy nos nuestra nuestro o para pero por porque pude puede puedo que quien quiere se segun ser si sobre
    son su sus te tiene tu un una unas uno unos y ya explica explicame muestra significa significan quiere decir pasa pasando paso
    ocurre sucede va van vamos alguien tarda haya hayan despues antes luego tras poco poca tan tanto hasta debe causa causas razon motivo ahora mismo todavia aun sabes saber necesito quiero tenemos punto pronto todo toda todos todas cada solo`,
};

/** What shelves, stores and periods are asked by: an answer about a shelf leaves none of these unanswered. */
const TOPIC = `out stock stockout empty shelf shelves item items product products store stores shop sold sell selling sale sales lost
  lose loses losing losses look looked probability likely missing gone problem problems wrong status situation open signal signals alert alerts percentage percent share run running runs probably
  available availability signalled last low back units unit lasts last reach
  agotado agotada agotados agotadas agoto agotar agotara agotarse quiebre vacio vacia vacios vacias gondola gondolas articulo articulos producto
  productos tienda tiendas local vendido vende vender venta ventas perdido perdida perdidas pierde pierden perdemos perdiendo miro miraron mirado probabilidad probable falta faltan faltante
  problema problemas mal estado situacion abierta abiertas abierto senal senales alerta alertas porcentaje fueron existencias inventario ultima ultimo
  probablemente disponible unidad unidades alcanza dura tienen data datos no none not sin any data come coming feed llega llegan llegar comes arrive arriving nothing nada
  signaled restock anaquel estante phantom phantoms fantasma fantasmas sucursal sucursales locales`;

const PERIOD = `today yesterday week weeks day days month hours hour hoy ayer semana semanas dia dias mes hora horas past previous
  pasada pasado anterior 24 7 30 period periodo recent recently reciente`;
const CHANGES = `changed change changes new news happened summary overview summarise summarize report update brief compare compared
  cambio cambios cambiado cambiaron novedad novedades nuevo nueva nuevos resumen resumir resume informe ocurrio sucedio`;

const empty = { en: stemsIn(EMPTY.en), es: stemsIn(EMPTY.es) };
export const topicWords = stemsIn(TOPIC);
export const periodWords = stemsIn(PERIOD);
export const changeWords = stemsIn(CHANGES);

export const isEmptyWord = (wordStem: string): boolean => empty.en.has(wordStem) || empty.es.has(wordStem);

/** Words of our own: none of them says anything of anybody. */
export const isOwnWord = (wordStem: string): boolean =>
  isEmptyWord(wordStem) ||
  topicWords.has(wordStem) ||
  periodWords.has(wordStem) ||
  changeWords.has(wordStem) ||
  ASPECTS.some(({ words }) => words.has(wordStem));

export type Aspect = 'steps' | 'refused' | 'quality' | 'field' | 'owner';

/** Words by which one of these is asked for. */
export const ASPECTS: readonly { readonly aspect: Aspect; readonly words: ReadonlySet<string> }[] = [
  {
    aspect: 'steps',
    words: stemsIn(
      'fix solve resolve repair react respond arreglar arreglo resolver resuelvo reparar reaccionar actuar steps pasos',
    ),
  },
  {
    aspect: 'refused',
    words: stemsIn(
      'quarantine quarantined refused refuse rejected reject rejects cuarentena rechazado rechazada rechazados rechazadas rechaza rechazan rechazo',
    ),
  },
  { aspect: 'quality', words: stemsIn('quality score calidad puntaje') },
  {
    aspect: 'field',
    words: stemsIn(
      'field fields column columns contract contracts campo campos columna columnas contrato contratos',
    ),
  },
  { aspect: 'owner', words: stemsIn('owner owns responsible dueno duena responsable') },
];

/** The language that more of a text's words are of; null: neither. */
export function languageOfText(text: string): Language | null {
  if (/[¿¡ñ]/i.test(text)) return 'es';
  const words = (text.match(/\p{L}+/gu) ?? []).map((word) => fold(word));
  const count = (language: Language) => {
    const plain = new Set(EMPTY[language].trim().split(/\s+/));
    return words.filter((word) => plain.has(word)).length;
  };
  const [en, es] = [count('en'), count('es')];
  return en === es ? null : en > es ? 'en' : 'es';
}
