import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGondola } from '../run-gondola.js';
import { CHROMIUM, DemoBoard } from './demo-board.js';

const PHONE = { width: 400, locale: 'es-CO' };

(CHROMIUM ? describe : describe.skip)('a board that takes a key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-callers-'));
  const keysFile = join(folder, 'callers.yaml');
  let board: DemoBoard;

  async function keyOf(caller: string, scopes: string): Promise<string> {
    const args = ['--file', keysFile, '--environment', 'dev', '--caller', caller, '--scopes', scopes];
    const { stdout, stderr } = await runGondola(['keys', 'create', ...args]);
    return /gnd_dev_[\w-]+/.exec(stdout + stderr)?.[0] ?? '';
  }

  let key = '';
  let readers = '';
  beforeAll(async () => {
    key = await keyOf('aisles', 'read,verdict');
    readers = await keyOf('wall', 'read');
    board = await DemoBoard.start(60, { access: { keysFile } });
    await board.ready();
  }, 600_000);
  afterAll(async () => {
    await board.stop();
    rmSync(folder, { recursive: true });
  }, 300_000);

  async function signIn(given: string) {
    const page = await (await board.context(PHONE)).newPage();
    await page.goto(`${board.url}/#card`);
    await page.locator('#key').fill(given);
    await page.locator('#enter').click();
    return page;
  }

  it('leads who has none to where it is given, and then to the page that was wanted', async () => {
    const page = await signIn(key);
    await page.locator('.choice a').first().click();
    await page.locator('.task, #page .notice').first().waitFor();
    expect(new URL(page.url()).hash).toMatch(/^#card\//);
    await page.goto(`${board.url}/#pipeline`);
    // Its own scope: the rest of the page is there.
    await page.getByText('hace falta una clave con ese permiso').waitFor();
    await page.locator('#page table').waitFor();
    await page.context().clearCookies();
    await page.goto(`${board.url}/?again`);
    await page.locator('#key').waitFor();
    await page.context().close();
  }, 300_000);

  it('shows who only may read that answers are not taken', async () => {
    const page = await signIn(readers);
    await page.locator('#status', { hasText: 'En vivo' }).waitFor();
    await page.goto(`${board.url}/#card/S001`);
    await page.locator('.verdicts button').first().click();
    await page.getByText('su clave no permite responder').waitFor();
    await page.context().close();
  }, 300_000);
});
