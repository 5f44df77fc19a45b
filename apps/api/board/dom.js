/** Data reaches the page through text nodes and properties only: names of items and stores are written by strangers. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class') node.className = value;
    else if (name === 'data') Object.assign(node.dataset, value);
    else if (name.startsWith('aria-') || name === 'role') node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...present(children));
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...present(children));
  return node;
}

const present = (children) =>
  children.filter((child) => child !== null && child !== undefined && child !== '');

/** Text of strangers, which may turn the direction of writing. */
export const foreign = (text) => el('bdi', {}, text);

export const byId = (id) => document.getElementById(id);

/** What is the same stays, and what is alike changes in place: nothing flickers, and what is selected or focused stays so. */
export function fill(container, children) {
  const wanted = present(children).map((child) =>
    typeof child === 'string' ? document.createTextNode(child) : child,
  );
  while (container.childNodes.length > wanted.length) container.lastChild.remove();
  wanted.forEach((next, index) => {
    const known = container.childNodes[index];
    if (!known) container.append(next);
    else if (known.nodeName === next.nodeName) become(known, next);
    else known.replaceWith(next);
  });
}

function become(known, next) {
  if (known.nodeType === Node.TEXT_NODE) return known.data === next.data || (known.data = next.data);
  for (const { name } of [...known.attributes]) if (!next.hasAttribute(name)) known.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (known.getAttribute(name) !== value) known.setAttribute(name, value);
  // The same button may be of another task now.
  known.onclick = next.onclick;
  return fill(known, [...next.childNodes]);
}

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const ICONS = {
  out_of_stock: '○',
  phantom: '◐',
  silent: '∅',
  coming: '◔',
  partial: '◑',
  recovered: '●',
};

/** What kind of signal: never by its colour alone. */
export const kindMark = (kind, word) => el('span', { class: 'kind' }, `${ICONS[kind] ?? ''}\u00a0${word}`);
