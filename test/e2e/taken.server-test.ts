import { systemClock } from '@gondola/stream';
import type { Page } from 'playwright-core';
import { CutLine } from './cut-line.js';
import { CHROMIUM, DemoBoard } from './demo-board.js';

interface Task {
  readonly signalId: string;
  readonly itemId: string;
  readonly taken: { readonly channel: string | null } | null;
}
const PHONE = { width: 400, locale: 'es-CO', touch: true };

(CHROMIUM ? describe : describe.skip)('somebody is on the way', () => {
  let board: DemoBoard;
  /** Through it goes whoever loses the connection. */
  let line: CutLine;
  let store: string;

  beforeAll(async () => {
    // Slow: half an hour of the shops is to outlast the test.
    board = await DemoBoard.start(2);
    line = await CutLine.to(board.url);
    await board.ready();
    while (!(await board.isCaughtUp())) await systemClock.sleep(200);
    const { stores } = await board.json<{ stores: { storeId: string }[] }>('/stores');
    const counted = await Promise.all(
      stores.map(async ({ storeId }) => ({ storeId, tasks: (await tasksOf(storeId)).length })),
    );
    [{ storeId: store }] = counted.sort((a, b) => b.tasks - a.tasks);
  }, 600_000);
  afterAll(async () => {
    await line.close();
    await board.stop();
  }, 300_000);

  const answerOf = (storeId: string) =>
    board.json<{ done: number; tasks: readonly Task[] }>(`/tasks?store=${storeId}`);
  const tasksOf = async (storeId: string) => (await answerOf(storeId)).tasks;
  const taskOf = async (page: Page) => String(await page.locator('.task').getAttribute('data-signal'));
  const go = (page: Page) => page.getByRole('button', { name: 'Voy', exact: true });
  async function eventually(isSo: (tasks: readonly Task[]) => boolean): Promise<readonly Task[]> {
    for (let tries = 0; tries < 1_200; tries++) {
      const tasks = await tasksOf(store);
      if (isSo(tasks)) return tasks;
      await systemClock.sleep(100);
    }
    throw new Error(`never: ${JSON.stringify(await tasksOf(store))}`);
  }
  const isFree = (tasks: readonly Task[]) => tasks.every(({ taken }) => taken === null);

  it('is said with one tap, also without a connection, read by who comes later, and taken back by keyboard', async () => {
    const page = await board.open(PHONE, `#card/${store}`, await board.context(PHONE), line.url);
    const first = await taskOf(page);
    await page
      .locator('.task')
      .getByText(/^Lugar: Pasillo \d, módulo \d$/)
      .waitFor();
    line.cut();
    await go(page).tap();
    await page.getByText('Usted va en camino. Sin enviar').waitFor();
    expect(await taskOf(page)).toBe(first);
    line.join();
    const tasks = await eventually((all) => all.some(({ taken }) => taken !== null));
    // Last of all, and no look.
    expect(tasks.at(-1)).toMatchObject({ signalId: first, taken: { channel: 'card' } });
    expect((await answerOf(store)).done).toBe(0);

    const later = await board.open(PHONE, `#card/${store}`);
    expect(await taskOf(later)).not.toBe(first);
    await later.goto(`${board.url}/#shelf/${store}/${tasks.at(-1)?.itemId}`);
    const told = later.locator('#detail .taking');
    await told.getByText(/alguien (acaba de salir|va en camino).*\(Tareas\)/).waitFor();
    await later
      .locator('#detail')
      .getByText(/^Lugar: Pasillo/)
      .waitFor();
    expect(await go(later).count()).toBe(0);

    // The same button takes it back, and has had the focus since.
    await page.locator('#take:focus').waitFor();
    await page.keyboard.press('Enter');
    await go(page).waitFor();
    await eventually(isFree);
    await later.reload();
    await go(later).click();
    await later.locator('#detail').getByText('Usted va en camino.').waitFor();
    const again = await eventually((all) => !isFree(all));
    expect(again.at(-1)).toMatchObject({ signalId: first, taken: { channel: 'board' } });
    await later.getByRole('button', { name: 'Ya no voy' }).click();
    await eventually(isFree);
    await page.context().close();
    await later.context().close();
  }, 300_000);
});
