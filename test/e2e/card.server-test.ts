import { systemClock } from '@gondola/stream';
import type { BrowserContext, Page } from 'playwright-core';
import { CutLine } from './cut-line.js';
import { CHROMIUM, DemoBoard } from './demo-board.js';

interface Verdict {
  readonly eventId: string;
  readonly signalId: string | null;
  readonly itemId: string;
  readonly verdict: string;
  readonly undone: boolean;
}
interface Tasks {
  readonly done: number;
  readonly tasks: readonly { readonly signalId: string; readonly itemId: string }[];
}
const PHONE = { width: 400, locale: 'es-CO', touch: true };

(CHROMIUM ? describe : describe.skip)('the card of who walks the aisles', () => {
  let board: DemoBoard;
  /** Through it goes whoever loses the connection. */
  let line: CutLine;
  let store: string;
  let other: string;
  let third: string;

  beforeAll(async () => {
    // At the demo's own speed a shift is over in 80 s.
    board = await DemoBoard.start(10);
    line = await CutLine.to(board.url);
    await board.ready();
    // Until then tasks come and go with what the shops did before the start.
    while (!(await board.isCaughtUp())) await systemClock.sleep(200);
    let counted = await tasksOfStores();
    while (counted[2].tasks < 2) {
      await systemClock.sleep(500);
      counted = await tasksOfStores();
    }
    [store, other, third] = counted.map(({ storeId }) => storeId);
  }, 600_000);
  afterAll(async () => {
    await line.close();
    await board.stop();
  }, 300_000);

  /** Those with most to look at come first. */
  async function tasksOfStores() {
    const { stores } = await board.json<{ stores: { storeId: string }[] }>('/stores');
    const counted = await Promise.all(
      stores.map(async ({ storeId }) => {
        const { tasks } = await board.json<Tasks>(`/tasks?store=${storeId}`);
        return { storeId, tasks: tasks.length };
      }),
    );
    return counted.sort((a, b) => b.tasks - a.tasks);
  }
  const verdicts = async (of = store) =>
    (await board.json<{ verdicts: Verdict[] }>(`/verdicts?store=${of}`)).verdicts;
  const taskOf = async (page: Page) => String(await page.locator('.task').getAttribute('data-signal'));
  async function eventually<T>(what: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
    for (let tries = 0; tries < 1_200; tries++) {
      const value = await what();
      if (isSo(value)) return value;
      await systemClock.sleep(100);
    }
    throw new Error(`never: ${JSON.stringify(await what())}`);
  }
  /** The page is kept by its worker: only then can it be opened without a connection. */
  async function openKept(context: BrowserContext, of = store): Promise<Page> {
    const page = await board.open(PHONE, `#card/${of}`, context, line.url);
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    await page.waitForFunction('navigator.serviceWorker.controller !== null');
    await page.reload();
    await page.locator('.task').waitFor();
    return page;
  }

  it('says what is the matter and what to do, takes an answer with one tap and gives the next task', async () => {
    const page = await board.open(PHONE, `#card/${store}`);
    const first = await taskOf(page);
    const text = await page.locator('.task').innerText();
    expect(text).toMatch(/Tarea 1 de \d+/);
    expect(text).toMatch(/(vacía|agotará|falta).*: \d+ de 10/s);
    expect(text).toMatch(/Lo normal son/);
    expect(await page.locator('.task svg').count()).toBe(1);
    for (const button of await page.locator('.verdicts button').all())
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(48);
    await page.getByRole('button', { name: 'Sí estaba' }).tap();
    await page.locator('.undo').waitFor();
    expect(await taskOf(page)).not.toBe(first);
    const [said] = await eventually(verdicts, (all) => all.length > 0);
    expect(said).toMatchObject({ signalId: first, verdict: 'IT_WAS_THERE', undone: false });
    const { done, tasks } = await board.json<Tasks>(`/tasks?store=${store}`);
    expect(done).toBe(1);
    expect(tasks.some(({ signalId }) => signalId === first)).toBe(false);

    await page.getByRole('button', { name: 'Deshacer' }).tap();
    await eventually(verdicts, (all) => all.some(({ verdict }) => verdict === 'UNDO'));
    expect(await taskOf(page)).toBe(first);
    expect((await verdicts()).find(({ eventId }) => eventId === said.eventId)?.undone).toBe(true);
    expect((await board.json<Tasks>(`/tasks?store=${store}`)).done).toBe(0);
    expect(board.problems.splice(0)).toEqual([]);
    await page.context().close();
  }, 300_000);

  it('works without a connection, and sends each answer once when there is one', async () => {
    const context = await board.context(PHONE);
    const page = await openKept(context);
    const before = (await verdicts()).length;
    line.cut();
    await page.reload();
    await page.locator('.task').waitFor();
    await page.getByText('Sin conexión: estas tareas son de').waitFor();
    const first = await taskOf(page);
    await page.getByRole('button', { name: 'Vacía: la llené' }).tap();
    await page.getByText('1 sin enviar').waitFor();
    const second = await taskOf(page);
    await page.getByRole('button', { name: 'Vacía: no hay' }).tap();
    await page.getByText('2 sin enviar').waitFor();
    // Closed and opened again in the cellar: what was said is still there, and not asked for again.
    await page.reload();
    await page.getByText('2 sin enviar').waitFor();
    for (const answered of [first, second])
      expect(await page.locator(`.task[data-signal="${answered}"]`).count()).toBe(0);
    expect((await verdicts()).length).toBe(before);
    line.join();
    const now = await eventually(verdicts, (all) => all.length >= before + 2);
    expect(now.filter(({ signalId }) => signalId === first).map(({ verdict }) => verdict)).toContain(
      'FILLED',
    );
    expect(now.find(({ signalId }) => signalId === second)?.verdict).toBe('NONE_IN_STORE');
    await page.getByText('sin enviar').waitFor({ state: 'detached' });
    expect((await verdicts()).length).toBe(before + 2);
    board.problems.splice(0);
    await context.close();
  }, 300_000);

  it('shares what was said among the pages of a browser, and loses none of it', async () => {
    const context = await board.context(PHONE);
    const pages = [await openKept(context, third), await openKept(context, third)];
    line.cut();
    const asked: string[] = [];
    for (const page of pages) {
      // One behind another is not drawn, and takes no tap.
      await page.bringToFront();
      await page.getByText('Sin conexión: estas tareas son de').waitFor();
      asked.push(await taskOf(page));
      await page.getByRole('button', { name: 'No pude revisar' }).tap();
      for (const one of pages) await one.getByText(`${asked.length} sin enviar`).waitFor();
    }
    // What one page was told the other does not ask for.
    expect(new Set(asked).size).toBe(2);
    for (const page of pages) await page.reload();
    for (const page of pages) await page.getByText('2 sin enviar').waitFor();
    line.join();
    for (const page of pages) await page.getByText('sin enviar').waitFor({ state: 'detached' });
    const said = await verdicts(third);
    expect(said.map(({ verdict }) => verdict)).toEqual(['CANNOT_CHECK', 'CANNOT_CHECK']);
    expect(said.map(({ signalId }) => String(signalId)).sort()).toEqual(asked.sort());
    board.problems.splice(0);
    await context.close();
  }, 300_000);

  it('leaves the focus where it is while what it says changes', async () => {
    const context = await board.context({ ...PHONE, worker: false });
    const tasks = await board.json<{ tasks: { itemName: string }[] }>(`/tasks?store=${other}`);
    let isAway = false;
    await context.route('**/tasks?*', (route) => (isAway ? route.abort() : route.fulfill({ json: tasks })));
    const page = await board.open(PHONE, `#card/${other}`, context);
    const button = page.getByRole('button', { name: 'Sí estaba' });
    await button.focus();
    tasks.tasks[0].itemName = 'Arroz de otro nombre';
    await page.getByText('Arroz de otro nombre').first().waitFor();
    expect(await button.evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true);
    // A notice that comes above it moves it, no more.
    isAway = true;
    await page.getByText('Sin conexión: estas tareas son de').waitFor();
    expect(await button.evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true);
    board.problems.splice(0);
    await context.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  }, 300_000);

  it('says when a closed store opens, and shows its tasks to who is inside', async () => {
    const context = await board.context({ ...PHONE, worker: false });
    const tasks = await board.json<{ nowMs: number }>(`/tasks?store=${other}`);
    const closed = { ...tasks, sight: 'closed', opensAtMs: tasks.nowMs + 30 * 3_600_000 };
    await context.route('**/tasks?*', (route) => route.fulfill({ json: closed }));
    const page = await board.open(PHONE, `#card/${other}`, context);
    // Waited for: the page is open before its first answer is.
    await page.getByText(/está cerrada\. Abre: \d.*Tareas que esperan: \d/).waitFor();
    expect(await page.locator('.task').count()).toBe(0);
    await page.getByRole('button', { name: 'Estoy dentro' }).tap();
    await page.locator('.task').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('task-title');
    await context.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  }, 300_000);

  it('says so when the server will never take an answer, and asks for that shelf again', async () => {
    // Those that it was shown first: the order of the shops' own changes all the time.
    const context = await board.context({ ...PHONE, worker: false });
    const tasks = await board.json<Tasks>(`/tasks?store=${other}`);
    await context.route('**/tasks?*', (route) => route.fulfill({ json: tasks }));
    await context.route('**/verdicts', (route) => route.fulfill({ status: 422, json: {} }));
    const page = await board.open(PHONE, `#card/${other}`, context);
    const first = await taskOf(page);
    await page.getByRole('button', { name: 'Sí estaba' }).tap();
    await page.getByText('El servidor no aceptó una respuesta (422)').waitFor();
    await page.reload();
    await page.locator('.task').waitFor();
    expect(await taskOf(page)).toBe(first);
    board.problems.splice(0);
    await context.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  }, 300_000);

  it('counts an answer once whose first answer got lost on the way', async () => {
    const context = await board.context(PHONE);
    let isLost = true;
    let tries = 0;
    // The server has it, and the phone does not know.
    await context.route('**/verdicts', async (route) => {
      if (tries++ === 0) await route.fetch();
      if (isLost) await route.abort();
      else await route.continue();
    });
    const page = await board.open(PHONE, `#card/${other}`, context);
    const before = (await verdicts(other)).length;
    await page.getByRole('button', { name: 'No pude revisar' }).tap();
    await eventually(
      () => verdicts(other),
      (all) => all.length === before + 1,
    );
    await page.getByText('1 sin enviar').waitFor();
    isLost = false;
    await page.reload();
    await eventually(
      () => Promise.resolve(tries),
      (times) => times >= 2,
    );
    await page.getByText('sin enviar').waitFor({ state: 'detached' });
    expect((await verdicts(other)).length).toBe(before + 1);
    board.problems.splice(0);
    await context.close();
  }, 300_000);

  it('keeps what a key may not say until one comes that may', async () => {
    const context = await board.context(PHONE);
    await context.route('**/verdicts', (route) => route.fulfill({ status: 403, json: {} }));
    const page = await board.open(PHONE, `#card/${other}`, context);
    const before = (await verdicts(other)).length;
    await page.getByRole('button', { name: 'Sí estaba' }).tap();
    await page.getByText('1 sin enviar: su clave no permite responder').waitFor();
    await context.unroute('**/verdicts');
    await page.reload();
    await eventually(
      () => verdicts(other),
      (all) => all.length === before + 1,
    );
    board.problems.splice(0);
    await context.close();
  }, 300_000);
});
