import { Fields, itemsOf } from './fields.js';
import type { MapContext, MappedEvent, MapOutcome, Mapper, Unmapped } from './map-outcome.js';
import { openBody } from './open-body.js';
import { parseJson } from './parse-json.js';
import { NotXml, parseXml } from './parse-xml.js';
import { mapped, Unmappable } from './unmappable.js';

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
      return roots.flatMap(({ value, pointer }): MapOutcome => {
        const root = Fields.of(value, pointer);
        if (!root) return [new Unmappable('mapper_unreadable', pointer, 'an object expected').toUnmapped()];
        return mapped(
          () => partsOf(root).flatMap((part) => mapped(() => mapPart(part, context), part.pointer)),
          pointer,
        );
      });
    }, '');
}

export function parseOnlyJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
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
