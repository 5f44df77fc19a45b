import type { Translate } from '@gondola/nest';

/** Sentences of refusals as code has them, `*` for what changes -> Spanish, `$1` for the first of these. */
const SPANISH: readonly (readonly [english: string, spanish: string])[] = [
  ['Bad Request', 'Solicitud incorrecta'],
  ['Unauthorized', 'Sin autorización'],
  ['Forbidden', 'Prohibido'],
  ['Not Found', 'No encontrado'],
  ['Conflict', 'Conflicto'],
  ['Payload Too Large', 'Contenido demasiado grande'],
  ['Unsupported Media Type', 'Tipo de contenido no admitido'],
  ['Unprocessable Entity', 'Contenido no procesable'],
  ['Too Many Requests', 'Demasiadas solicitudes'],
  ['Internal Server Error', 'Error interno del servidor'],
  ['Service Unavailable', 'Servicio no disponible'],

  ['*: no such parameter', '$1: no existe ese parámetro'],
  ['*: is missing', '$1: falta'],
  ['*: must be given once', '$1: debe darse una sola vez'],
  ['*: must be a whole number', '$1: debe ser un número entero'],
  ['*: must be true or false', '$1: debe ser true o false'],
  ['*: must be open or closed', '$1: debe ser open o closed'],
  ['*: must be treated, hold_out or all', '$1: debe ser treated, hold_out o all'],
  ['*: must be of *', '$1: debe ser de $2'],
  ['*: must be one of *', '$1: debe ser uno de $2'],
  ['*: must be at most * days before until', '$1: debe ser como mucho $2 días antes de until'],
  ['*: must be at most * characters', '$1: debe tener como mucho $2 caracteres'],
  ['*: must be at most *', '$1: debe ser como mucho $2'],
  ['*: must be text', '$1: debe ser un texto'],
  ['*: must be a day, like 2026-05-01', '$1: debe ser un día, como 2026-05-01'],
  [
    '*: must be ISO 8601 with a zone, like 2026-05-01T08:00:00Z, or milliseconds since 1970',
    '$1: debe ser ISO 8601 con zona, como 2026-05-01T08:00:00Z, o milisegundos desde 1970',
  ],
  ['*: must be `nextCursor` of an earlier answer', '$1: debe ser el `nextCursor` de una respuesta anterior'],
  ['*: must be a time zone, like America/Santiago', '$1: debe ser una zona horaria, como America/Santiago'],
  [
    'the lake is still being read: try again in a moment',
    'el lago aún se está leyendo: inténtelo en un momento',
  ],
  ['the books are read again: try again in a moment', 'los libros se leen de nuevo: inténtelo en un momento'],
  ['too many ask for numbers: try again in a moment', 'demasiados piden números: inténtelo en un momento'],
  [
    'no page reaches beyond the newest * rows: go on with cursor, or choose by since, until or reason',
    'ninguna página pasa de las $1 filas más nuevas: siga con cursor, o elija por since, until o reason',
  ],
  ['*: must be left out with cursor', '$1: debe omitirse junto con cursor'],
  ['*: must be before until', '$1: debe ser anterior a until'],
  ['*: must be given, since * is not known here', '$1: debe darse, pues $2 no se conoce aquí'],
  ['*: Too small: expected number to be >=*', '$1: debe ser al menos $2'],
  ['*: Too big: expected number to be <=*', '$1: debe ser como mucho $2'],

  ['no signal of this shelf is kept', 'no se guarda ninguna señal de esta góndola'],
  ['no store of this id is known', 'no se conoce ninguna tienda con ese id'],
  ['no signal of this id is kept', 'no se guarda ninguna señal con ese id'],
  ['no incident of this id is kept', 'no se guarda ningún incidente con ese id'],
  ['there is no such contract or runbook', 'no hay tal contrato ni guía'],
  ['too many questions: try again in a moment', 'demasiadas preguntas: inténtelo en un momento'],
  ['*: must be en or es', '$1: debe ser en o es'],
  ['the board has no file *', 'el tablero no tiene el archivo $1'],
  ['Cannot GET *', 'No hay nada en $1'],
  ['Cannot POST *', 'No se puede enviar nada a $1'],
  [
    'no such replay, or it was long ago or in another process',
    'no hay tal repetición, o fue hace mucho o en otro proceso',
  ],
  ['* has no column *', '$1 no tiene la columna $2'],
  ['too many ask for lineage: try again in a moment', 'demasiados piden el linaje: inténtelo en un momento'],
  ['quarantine has no record *', 'la cuarentena no tiene el registro $1'],
  [
    'too many ask for all stores: try again in a moment',
    'demasiados piden todas las tiendas: inténtelo en un momento',
  ],
  ['too many ask for checks: try again in a moment', 'demasiados piden revisiones: inténtelo en un momento'],
  ['too many send verdicts: try again in a moment', 'demasiados envían veredictos: inténtelo en un momento'],
  [
    'too many read quarantine: try again in a moment',
    'demasiados leen la cuarentena: inténtelo en un momento',
  ],
  ['too many clients follow signals already', 'ya hay demasiados clientes que siguen las señales'],
  [
    'this api takes no verdicts: set verdicts.stream, the stream of events',
    'esta api no recibe veredictos: configure verdicts.stream, el flujo de eventos',
  ],
  ['* is another verdict already', '$1 ya es otro veredicto'],
  [
    'this takes the token of *: Authorization: Bearer TOKEN',
    'esto pide el token de $1: Authorization: Bearer TOKEN',
  ],
  [
    'a key is needed: authorization: Bearer KEY; npx gondola keys create makes one',
    'hace falta una clave: authorization: Bearer CLAVE; npx gondola keys create hace una',
  ],
  [
    'the key is not known here: it was mistyped, taken back or made for another api; npx gondola keys create makes one',
    'aquí no se conoce esa clave: se escribió mal, fue retirada o es de otra api; npx gondola keys create hace una',
  ],
  [
    'this key has ended; npx gondola keys create makes one',
    'esa clave ya terminó; npx gondola keys create hace otra',
  ],
  ['this key is of the environment *, this api of *', 'esa clave es del entorno $1 y esta api, de $2'],
  ['the token has expired: sign in again', 'el token expiró: vuelva a entrar'],
  ['the token is not one of access.oidc', 'el token no es de access.oidc'],
  ['the token is not of the environment *', 'el token no es del entorno $1'],
  [
    'who signs tokens does not answer: try again in a moment',
    'quien firma los tokens no responde: inténtelo en un momento',
  ],
  ['this takes a key with the scope *', 'esto pide una clave con el permiso $1'],
  ['this key may ask * times a second', 'esta clave puede preguntar $1 veces por segundo'],
  [
    'more is asked than this environment may answer: try again in a moment',
    'se pregunta más de lo que este entorno puede responder: inténtelo en un momento',
  ],
  ['too many wrong keys from this address', 'demasiadas claves incorrectas desde esta dirección'],
  [
    'pages of other hosts may not ask: access.origins names those that may',
    'las páginas de otros sitios no pueden preguntar: access.origins nombra las que sí',
  ],
  [
    'without keys this api answers at localhost only: set access.keysFile to be asked by another name',
    'sin claves esta api responde solo en localhost: configure access.keysFile para usar otro nombre',
  ],
  ['this api asks for no key: there is nothing to sign in to', 'esta api no pide clave: no hay a qué entrar'],
  ['the body ended before it was whole', 'el cuerpo terminó antes de estar completo'],
  [
    'a replay is running: GET /quarantine/replays says how far it is',
    'ya hay una repetición en curso: GET /quarantine/replays dice por dónde va',
  ],
  [
    'the body is JSON: content-type must be application/json',
    'el cuerpo es JSON: content-type debe ser application/json',
  ],
  ['at most * bytes', 'como mucho $1 bytes'],
  ['the body is no JSON object', 'el cuerpo no es un objeto JSON'],
  ['see the log of this process', 'vea el registro de este proceso'],
];

const patterns = SPANISH.map(([english, spanish]) => {
  const source = english.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '(.*)');
  return { pattern: new RegExp(`^${source}$`, 's'), spanish };
});

/** Refusals of the api in Spanish. A sentence that is not here is answered in English. */
export const translateProblem: Translate = (text) => {
  const found = patterns.find(({ pattern }) => pattern.test(text));
  return found ? text.replace(found.pattern, found.spanish) : null;
};
