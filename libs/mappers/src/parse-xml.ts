import { SaxesParser } from 'saxes';

/** POSLog is about ten deep. */
const DEPTH_MAX = 64;

type XmlValue = string | XmlElement;
export interface XmlElement {
  [name: string]: XmlValue | XmlValue[];
}

/** Not XML as it is taken here. Its message quotes nothing. */
export class NotXml extends Error {}

/**
 * XML as the object that its JSON would be: elements by their local name, one as a value and several as a list,
 * attributes with `@` before their name, text beside them as `#text`, an element of text alone as a text. A document with a DOCTYPE is refused:
 * there is no entity that could grow, and nothing is ever fetched. Throws `NotXml`.
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser();
  const root = newElement();
  const open: { readonly element: XmlElement; readonly name: string; text: string }[] = [
    { element: root, name: '', text: '' },
  ];
  parser.on('error', () => {
    throw new NotXml('not well-formed XML');
  });
  parser.on('doctype', () => {
    throw new NotXml('XML with a DOCTYPE is not taken');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > DEPTH_MAX) throw new NotXml(`XML of more than ${DEPTH_MAX} levels`);
    const element = newElement();
    for (const [attribute, value] of Object.entries(attributes))
      if (attribute !== 'xmlns' && !attribute.startsWith('xmlns:'))
        element[`@${localName(attribute)}`] = value;
    open.push({ element, name: localName(name), text: '' });
  });
  const addText = (added: string) => {
    open[open.length - 1].text += added;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed) add(open[open.length - 1].element, closed.name, valueOf(closed.element, closed.text.trim()));
  });
  parser.write(text).close();
  return root;
}

/** Without a prototype: an element may be called `constructor`. */
const newElement = (): XmlElement => Object.create(null) as XmlElement;
const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function valueOf(element: XmlElement, text: string): XmlValue {
  if (Object.keys(element).length === 0) return text;
  if (text !== '') element['#text'] = text;
  return element;
}

function add(parent: XmlElement, name: string, value: XmlValue): void {
  const there = parent[name];
  if (there === undefined) parent[name] = value;
  else if (Array.isArray(there)) there.push(value);
  else parent[name] = [there, value];
}
