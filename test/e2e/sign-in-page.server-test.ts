import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCaller } from '@gondola/api';
import { systemClock } from '@gondola/stream';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startGondola, type Running } from '../run-gondola.js';
import { CHROMIUM } from './demo-board.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Answers that the page's worker keeps. */
const KEPT = `caches.open('gondola-kept-1').then((cache) => cache.keys()).then((keys) => keys.length)`;

(CHROMIUM ? describe : describe.skip)('an api that wants keys, before a browser', () => {
  let folder: string;
  let api: Running;
  let browser: Browser;
  let url: string;
  let key: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-sign-in-'));
    const keysFile = join(folder, 'callers.yaml');
    key = addCaller(keysFile, { caller: 'board', environment: 'dev', scopes: ['read'] }, randomBytes);
    const config = join(folder, 'api.json');
    const lake = join(folder, 'lake');
    writeFileSync(
      config,
      JSON.stringify({ environment: 'dev', lake, http: { port: 0 }, access: { keysFile } }),
    );
    api = startGondola(['api', '--config', config]);
    let found: string | undefined;
    while (!(found = /http:\/\/127\.0\.0\.1:\d+/.exec(api.output())?.[0])) await systemClock.sleep(50);
    url = found;
    browser = await chromium.launch({ executablePath: String(CHROMIUM), args: ['--no-sandbox'] });
  }, 300_000);
  afterAll(async () => {
    await browser.close();
    api.child.kill('SIGTERM');
    await api.ended;
    rmSync(folder, { recursive: true });
  }, 300_000);

  const open = async (path: string, locale = 'en'): Promise<Page> => {
    const page = await (
      await browser.newContext({ locale, viewport: { width: 400, height: 700 } })
    ).newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(url + path);
    return page;
  };
  const give = async (page: Page, what: string) => {
    await page.fill('#key', what);
    await page.press('#key', 'Enter');
  };
  const isAtBoard = (page: Page) => page.waitForURL((at) => at.pathname === '/' && at.origin === url);

  it('asks for a key once, shows what was asked for, and keeps the key nowhere', async () => {
    const page = await open('/#store/S1', 'es-CO');
    expect(new URL(page.url()).pathname).toBe('/board/sign-in.html');
    await give(page, `gnd_dev_${'A'.repeat(43)}`);
    await page.getByText('Esa clave no es de aquí').waitFor();
    await give(page, key);
    await isAtBoard(page);
    expect(new URL(page.url()).hash).toBe('#store/S1');
    // Events come without a header of their own: by the cookie.
    await page.locator('#status', { hasText: 'En vivo' }).waitFor();
    const kept = await page.evaluate(
      'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])',
    );
    expect(kept).not.toContain(key);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(cookie.value).not.toContain(key.slice(8));
    expect(api.output()).not.toContain(key);
    await page.reload();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('never leads from there to a page elsewhere', async () => {
    const page = await open('/');
    await give(page, key);
    await isAtBoard(page);
    for (const to of [
      'https://evil.example/',
      '//evil.example/',
      '/.//evil.example/',
      '/\\evil.example',
      'javascript:1',
    ]) {
      await page.goto(`${url}/board/sign-in.html?to=${encodeURIComponent(to)}`);
      await page.waitForURL((at) => at.pathname !== '/board/sign-in.html');
      expect([to, new URL(page.url()).origin]).toEqual([to, url]);
    }
  });

  /** The page's own `waitForFunction` is forbidden there: it makes code of text. */
  const until = async (page: Page, isSo: string) => {
    while (!(await page.evaluate(isSo))) await systemClock.sleep(100);
  };
  /** The page is kept by its worker, and so is what it was told. */
  const openKept = async (): Promise<Page> => {
    const page = await open('/');
    await give(page, key);
    await isAtBoard(page);
    await until(page, 'navigator.serviceWorker.controller !== null');
    await page.reload();
    await until(page, `${KEPT}.then((kept) => kept > 0)`);
    return page;
  };

  it('signs out, asks before answers are lost, and leaves nothing of the session there', async () => {
    const page = await openKept();
    const button = page.getByRole('button', { name: 'Sign out' });
    // This key may only read: the server takes no answer by it, so that it waits.
    await page.evaluate(
      `localStorage.setItem('gondola.answer.000000000000001.e', '{"body":{"eventId":"e"},"isTried":false}')`,
    );
    const asked: string[] = [];
    page.once('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await button.click();
    await until(page, "document.getElementById('sign-out').disabled === false");
    expect(asked).toEqual([expect.stringContaining('1 answer is not sent yet')]);
    expect(await page.evaluate(KEPT)).toBeGreaterThan(0);
    page.once('dialog', (dialog) => void dialog.accept());
    await button.click();
    await page.waitForURL((at) => at.pathname === '/board/sign-in.html');
    expect(await page.evaluate(KEPT)).toBe(0);
    expect(await page.evaluate('Object.keys(localStorage)')).not.toContain(
      'gondola.answer.000000000000001.e',
    );
    expect(await page.context().cookies()).toEqual([]);
    await page.goto(`${url}/`);
    expect(new URL(page.url()).pathname).toBe('/board/sign-in.html');
  }, 300_000);

  it('shows and keeps nothing once the session is over', async () => {
    const page = await openKept();
    await page.context().clearCookies();
    await page.getByRole('link', { name: 'Sign in with a key' }).waitFor();
    await page.locator('#rooms').waitFor({ state: 'hidden' });
    await until(page, `${KEPT}.then((kept) => kept === 0)`);
  }, 300_000);

  it.each(['light', 'dark'] as const)('can be read and heard by everybody, %s', async (colorScheme) => {
    const page = await open('/');
    await page.emulateMedia({ colorScheme });
    await give(page, 'nothing');
    await page.getByText('That key is not of here').waitFor();
    await page.evaluate(AXE);
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; impact: string }[];
    };
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  });
});
