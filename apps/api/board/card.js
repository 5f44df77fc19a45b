import { chart, hoursOfSignal } from './chart.js';
import { byId, el, fill, foreign, kindMark, say } from './dom.js';
import { onOutboxChange, sayVerdict, send, undo, unsent, unsentRefusal } from './outbox.js';
import { hrefOf, nowMs, route, state } from './state.js';
import { foundOf, goingTo, takeLine } from './taken.js';
import { likelyCause, loss, number, t, time } from './text.js';
import { headline, why } from './why.js';

const VERDICTS = ['FILLED', 'NONE_IN_STORE', 'IT_WAS_THERE', 'CANNOT_CHECK'];
const ICONS = { FILLED: '✓', NONE_IN_STORE: '✕', IT_WAS_THERE: '●', CANNOT_CHECK: '?' };
const SPARK_HEIGHT = 90;

/** The task in hand: it stays until it is answered, whatever comes in meanwhile. */
let current = null;
/** What was said last, to be taken back, and of which task. */
let last = null;
let lastTask = null;
/** Taken back, and not in the server's list again yet. */
let reopened = null;
let rejected = null;
/** Where somebody works while the store is closed. */
let insideOf = null;
let redrawPage = () => {};

onOutboxChange((refusal) => {
  if (refusal) rejected = refusal;
  redrawPage();
});
addEventListener('online', () => void send());

/** One look after the other, with a thumb, also in a cellar: what is said is kept and sent when it can be. */
export const cardPage = {
  asks: ({ store }) =>
    store === null ? { stores: '/stores?limit=200' } : { tasks: `/tasks?store=${encodeURIComponent(store)}` },
  title: (answers) => {
    const { store } = route();
    return store === null ? t('cardChoose') : t('tasksOf', { store: answers.tasks?.storeName ?? store });
  },
  draw(node, { stores, tasks }, redraw) {
    redrawPage = redraw;
    const { store } = route();
    if (store === null) return fill(node, [storeChoice('card', stores)]);
    void send();
    if (tasks?.storeId !== store) return fill(node, [el('p', { class: 'notice' }, t('loading'))]);
    const waiting = tasks.tasks.filter((task) => !foundOf(task));
    if (current && (current.storeId !== store || foundOf(current))) current = null;
    current = waiting.find(({ signalId }) => signalId === current?.signalId) ?? current ?? nextOf(waiting);
    const isWaiting = waiting.some(({ itemId }) => itemId === current?.itemId);
    if (isWaiting || current !== reopened) reopened = null;
    const isOver = current !== null && !isWaiting && reopened === null;
    const hadFocus = node.contains(document.activeElement);
    fill(node, [
      // In one node: a notice that comes moves nothing.
      el('div', {}, ...notices(tasks)),
      isClosed(tasks)
        ? closedNotice(tasks, waiting)
        : current
          ? taskCard(current, tasks, waiting, isOver)
          : noTask(tasks),
      last && last.storeId === store ? undoBar() : null,
      footer(tasks),
    ]);
    if (hadFocus && !node.contains(document.activeElement)) focusTask();
  },
};

/** For pages of one store: which one. */
export function storeChoice(page, answer) {
  if (!answer) return el('p', { class: 'notice' }, t('loading'));
  if (answer.stores.length === 0) return el('p', { class: 'notice' }, t('noStores'));
  const item = ({ storeId, name, city }) =>
    el(
      'li',
      {},
      el(
        'a',
        { href: hrefOf(page, storeId) },
        el('span', { class: 'name' }, foreign(name ?? storeId)),
        el('span', { class: 'line' }, foreign(storeId), city === null ? null : foreign(city)),
      ),
    );
  return el('ul', { class: 'choice' }, ...answer.stores.map(item));
}

const unsentWord = (waiting) => {
  if (unsentRefusal()) return unsentRefusal() === 401 ? 'unsentSignIn' : 'unsentRefused';
  return waiting === 1 ? 'unsentOne' : 'unsent';
};

function notices(tasks) {
  const waiting = unsent();
  const texts = [
    state.online ? null : t('keptTasks', { time: time(tasks.nowMs, nowMs()) }),
    waiting === 0 ? null : t(unsentWord(waiting), { x: number(waiting, 0) }),
    rejected && t('rejected', { status: rejected.status }),
  ];
  return texts.filter(Boolean).map((text) => el('p', { class: 'notice' }, text));
}

/** As the server last said, until the hour at which it opens. */
const isClosed = ({ storeId, sight, opensAtMs }) =>
  sight === 'closed' && insideOf !== storeId && (opensAtMs === null || opensAtMs > nowMs());

function closedNotice({ storeId, opensAtMs }, waiting) {
  const until =
    opensAtMs === null ? t('storeClosed') : t('storeClosedUntil', { time: time(opensAtMs, nowMs()) });
  const enter = () => {
    insideOf = storeId;
    redrawPage();
    focusTask();
  };
  const ask = [t('tasksWaiting', { x: number(waiting.length, 0) }), ' '];
  const button = el('button', { type: 'button', onclick: enter }, t('tasksNow'));
  return el('p', { class: 'notice' }, until, ...(waiting.length > 0 ? [' ', ...ask, button] : []));
}

/** Where this device is on the way to already, then the first: tasks that others have taken come last. */
const nextOf = (waiting) => waiting.find(goingTo) ?? waiting[0] ?? null;

function taskCard(task, { done, tasks }, waiting, isOver) {
  const answered = done + tasks.length - waiting.length;
  const place = [foreign(task.storeName ?? task.storeId), foreign(task.itemId)];
  if (task.bay !== null) place.push(foreign(t('place', { x: task.bay })));
  const count = { x: number(answered + 1, 0), y: number(answered + Math.max(waiting.length, 1), 0) };
  return el(
    'article',
    { class: 'task', data: { kind: task.kind, signal: task.signalId }, 'aria-labelledby': 'task-title' },
    el('p', { class: 'small' }, t('taskCount', count)),
    el('h3', { id: 'task-title', tabIndex: -1 }, foreign(task.itemName ?? task.itemId)),
    el('p', { class: 'small dots' }, ...place),
    el('p', { class: 'headline' }, kindMark(task.kind, headline(task, task, nowMs()))),
    el('p', {}, why(task, nowMs())),
    chart(hoursOfSignal(task), SPARK_HEIGHT),
    el(
      'p',
      { class: 'dots' },
      el('b', {}, t('aboutLoss', { x: loss(task) })),
      likelyCause(task) && el('span', {}, likelyCause(task)),
    ),
    el('p', { class: 'todo' }, todo(task)),
    isOver ? null : takeLine(task, 'card', () => redrawPage()),
    isOver ? overLine() : verdictButtons(task),
  );
}

/** One thing to do, by what is likeliest to be the matter. */
function todo({ kind, actByMs, expectedAtMs, onHandRecord, causes }) {
  const now = nowMs();
  if (kind === 'coming') {
    const byMs = actByMs ?? expectedAtMs;
    return byMs !== null && byMs > now ? t('todoComing', { time: time(byMs, now) }) : t('todoComingSoon');
  }
  if (kind === 'partial') return t('todoPartial');
  const cause = causes[0]?.probability >= 0.5 ? causes[0].name : null;
  if (cause === 'in_backroom') return t('todoBackroom');
  if (cause === 'ordered_not_delivered' || cause === 'partial_delivery') return t('todoOrdered');
  if (cause === 'not_ordered') return t('todoNotOrdered');
  if (kind === 'phantom' && onHandRecord !== null) return t('todoPhantom', { x: number(onHandRecord) });
  return t('todoShelf');
}

function verdictButtons(task) {
  const button = (verdict) =>
    el(
      'button',
      { type: 'button', data: { verdict }, onclick: () => answer(task, verdict) },
      el('span', { 'aria-hidden': 'true' }, ICONS[verdict]),
      t(verdict),
    );
  return el(
    'div',
    { class: 'verdicts', role: 'group', 'aria-label': t('verdicts'), data: { signal: task.signalId } },
    ...VERDICTS.map(button),
  );
}

function overLine() {
  const next = () => {
    current = null;
    redrawPage();
    focusTask();
  };
  return el(
    'p',
    { class: 'notice' },
    t('resolved'),
    ' ',
    el('button', { type: 'button', onclick: next }, t('nextTask')),
  );
}

function answer(task, verdict) {
  rejected = null;
  last = sayVerdict(task, verdict, Math.round(nowMs()));
  lastTask = task;
  current = null;
  redrawPage();
  say(byId('said'), t('saidSo', { item: task.itemName ?? task.itemId, verdict: t(verdict) }));
  focusTask();
}

function takeBack() {
  const { itemId, itemName } = last;
  undo(last, Math.round(nowMs()));
  current = reopened = lastTask;
  last = null;
  redrawPage();
  say(byId('said'), t('undone', { item: itemName ?? itemId }));
  focusTask();
}

const focusTask = () => (byId('task-title') ?? byId('page-title'))?.focus({ preventScroll: true });

function undoBar() {
  const { itemId, itemName, verdict, eventId } = last;
  return el(
    'p',
    { class: 'undo', data: { event: eventId } },
    el('span', {}, t('saidSo', { item: itemName ?? itemId, verdict: t(verdict) })),
    ' ',
    el('button', { type: 'button', onclick: takeBack }, t('undo')),
  );
}

function noTask({ sight, done, perShift }) {
  // An empty list of a store that nobody sees is no good news.
  if (sight === 'no_data') return el('p', { class: 'notice' }, t('noData'));
  const text = done >= perShift ? t('shiftDone', { x: done, y: perShift }) : t('noTasks');
  return el('p', { class: 'notice' }, text);
}

const footer = ({ shift, done, left }) =>
  el(
    'p',
    { class: 'small' },
    [
      t('tasksDone', { x: number(done, 0) }),
      t('shiftUntil', { time: time(shift.untilMs, nowMs()) }),
      left > 0 ? t('tasksLeft', { x: number(left, 0) }) : null,
    ]
      .filter(Boolean)
      .join(' · '),
  );
