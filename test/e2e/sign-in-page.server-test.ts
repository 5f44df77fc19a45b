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
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    api.child.kill('SIGTERM');
    await api.ended;
    rmSync(folder, { recursive: true });
  }, 60_000);

  const open = async (path: string, locale = 'en'): Promise<Page> => {
    const page = await (
      await browser.newContext({ locale, viewport: { width: 400, height: 700 } })
    ).newPage();
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
