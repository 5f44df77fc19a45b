import { Fields, itemsOf } from './fields.js';
import type { MapContext, MappedEvent, MapOutcome, Mapper, Unmapped } from './map-outcome.js';
import { openBody } from './open-body.js';
import { parseJson } from './parse-json.js';
import { NotXml, parseXml } from './parse-xml.js';
import { mapped, Unmappable } from './unmappable.js';

/** More in one document is no batch of anybody's, and each costs an answer. */
const PARTS_MAX = 10_000;

type MapPart = (part: Fields, context: MapContext) => readonly (MappedEvent | Unmapped)[];

/** The things that a document says, each to be mapped by itself. Throws `Unmappable`. */
type PartsOf = (root: Fields) => readonly Fields[];

/** A mapper of JSON (or of XML, where a format has both): each part is mapped for itself, one that fails costs no other. */
export function createMapper(
  partsOf: PartsOf,
  mapPart: MapPart,
  parse: (text: string) => unknown = parseOnlyJson,
): Mapper {
  return (body, context) =>
    mapped(() => {
      const roots = itemsOf({ value: parse(openBody(body)), pointer: '' });
      let left = PARTS_MAX - roots.length;
      requireSome(left);
      return roots.flatMap(({ value, pointer }): MapOutcome => {
        const root = Fields.of(value, pointer);
        if (!root) return [new Unmappable('mapper_unreadable', pointer, 'an object expected').toUnmapped()];
        return mapped(() => {
          const parts = partsOf(root);
          left -= parts.length;
          requireSome(left);
          return parts.flatMap((part) => mapped(() => mapPart(part, context), part.pointer));
        }, pointer);
      });
    }, '');
}

function requireSome(left: number): void {
  if (left < 0)
    throw new Unmappable('mapper_unreadable', '', `more than ${PARTS_MAX} things in one document`);
}

/** JSON, or a line of it for each document. */
export function parseOnlyJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    // `Fields` opens each: one that is cut short is wrong for itself.
    if (lines.length > 1 && lines.every((line) => line.startsWith('{') && line.length > 1)) return lines;
    // The parser's own message quotes the text, which may be personal.
    throw new Unmappable('mapper_unreadable', '', 'not JSON, or of more than 64 levels');
  }
}

export function parseXmlOrJson(text: string): unknown {
  if (!/^\s*</.test(text)) return parseOnlyJson(text);
  try {
    return parseXml(text);
  } catch (error) {
    if (error instanceof NotXml) throw new Unmappable('mapper_unreadable', '', error.message);
    throw error;
  }
}
