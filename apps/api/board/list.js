import { el } from './dom.js';

const IDLE_MS = 3_000;
const IDLE_INSIDE_MS = 10_000;
const SORT_EVERY_MS = 10_000;
const FRESH_MS = 3_000;

/**
 * A list whose rows stay where they are while somebody is reading or touching it: rows change in place, new ones come
 * last, ended ones fade. It sorts itself at most every 10 s, and only when nobody has moved in it for a while.
 * `place`, when given, is called with each row's node whenever the list is sorted: what would move its neighbours.
 */
export function calmList(container, { key, render, rowsMax, place = () => {} }) {
  const rows = new Map();
  let wanted = [];
  let sortedAt = -Infinity;
  let touchedAt = -Infinity;
  let inside = false;
  const touch = () => (touchedAt = performance.now());
  for (const type of ['pointerdown', 'pointermove', 'keydown', 'focusin', 'wheel', 'touchmove'])
    container.addEventListener(type, touch, { passive: true });
  container.addEventListener('pointerenter', (event) => (inside = event.pointerType === 'mouse'));
  container.addEventListener('pointerleave', () => (inside = false));

  const maySort = () => {
    const now = performance.now();
    const idleMs = now - touchedAt;
    const isHeld = container.matches(':focus-within') || inside;
    return now - sortedAt >= SORT_EVERY_MS && idleMs >= (isHeld ? IDLE_INSIDE_MS : IDLE_MS);
  };

  function row(item) {
    const id = key(item);
    const known = rows.get(id);
    const node = known ?? el('li');
    // Unchanged rows are left alone, so that nothing flickers and nothing loses the focus.
    const next = render(item);
    if (!known || !known.firstChild.isEqualNode(next)) {
      const hadFocus = known?.contains(document.activeElement);
      node.replaceChildren(next);
      if (hadFocus) next.focus({ preventScroll: true });
    }
    rows.set(id, node);
    return node;
  }

  function sort() {
    sortedAt = performance.now();
    const keep = new Set(wanted.map(key));
    for (const [id, node] of rows) {
      if (keep.has(id)) continue;
      node.remove();
      rows.delete(id);
    }
    const focused = container.contains(document.activeElement) ? document.activeElement : null;
    wanted.forEach((item, index) => {
      const node = row(item);
      place(node, item);
      if (container.children[index] !== node) container.insertBefore(node, container.children[index] ?? null);
    });
    focused?.focus({ preventScroll: true });
  }

  /** Everything stays in its place; what is new comes last while there is room. */
  function showInPlace() {
    for (const item of wanted) {
      const isNew = !rows.has(key(item));
      if (isNew && rows.size >= rowsMax) continue;
      const node = row(item);
      if (!isNew) continue;
      place(node, item);
      container.append(node);
    }
  }

  function highlight(node) {
    node.classList.add('fresh');
    // Moved later, it would begin again.
    setTimeout(() => node.classList.remove('fresh'), FRESH_MS);
  }

  return {
    /** Shows `items`, best first; `now`: in this order at once, because the reader asked for it. */
    show(items, now = false) {
      wanted = items;
      const isFirst = sortedAt === -Infinity;
      const before = new Set(rows.keys());
      if (now || rows.size === 0 || maySort()) sort();
      else showInPlace();
      const keep = new Set(items.map(key));
      for (const [id, node] of rows) {
        node.classList.toggle('gone', !keep.has(id));
        if (!before.has(id) && !isFirst && !now) highlight(node);
      }
    },
    /** The language changed. */
    redraw() {
      for (const item of wanted) if (rows.has(key(item))) row(item);
    },
  };
}
