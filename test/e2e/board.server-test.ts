import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gondola/stream';
import { chromium, type Browser, type Page } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (!CHROMIUM)
  console.warn('skipped: the board is tested in Chromium, and there is none (Debian package chromium)');
const BIN = join(import.meta.dirname, '../../apps/gondola/bin/gondola.js');
/** Screenshots for people to look at; nothing is compared with them. */
const SHOTS = process.env['GONDOLA_SHOTS'];

(CHROMIUM ? describe : describe.skip)(
  'the demo, as somebody meets it who has just cloned the project',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'gondola-demo-'));
    let demo: ChildProcess;
    let browser: Browser;
    let url = '';
    let upMs = 0;

    beforeAll(async () => {
      // A folder of its own: the demo keeps its lake under the folder it is started in.
      demo = spawn(process.execPath, [BIN, 'up', '--port', '0'], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      url = await new Promise((resolve, reject) => {
        let said = '';
        demo.stderr?.on('data', (part: Buffer) => {
          said += part.toString();
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
          if (found) resolve(found[0]);
        });
        demo.on('exit', () => reject(new Error(said)));
      });
      upMs = performance.now();
      browser = await chromium.launch({ executablePath: String(CHROMIUM), args: ['--no-sandbox'] });
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      const ended = new Promise((resolve) => demo.once('exit', resolve));
      demo.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    async function openBoard(options: { width: number; locale: string; dark?: boolean }): Promise<Page> {
      const context = await browser.newContext({
        viewport: { width: options.width, height: 900 },
        locale: options.locale,
        colorScheme: options.dark ? 'dark' : 'light',
      });
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      await page.goto(url);
      await page.locator('#shelves li').first().waitFor({ timeout: 60_000 });
      expect(problems).toEqual([]);
      return page;
    }

    async function shoot(page: Page, name: string): Promise<void> {
      if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    }

    it('shows signals within 60 s of being up', async () => {
      for (;;) {
        const answer = (await (await fetch(`${url}/signals?limit=1`)).json()) as { signals: unknown[] };
        if (answer.signals.length > 0) break;
        await systemClock.sleep(100);
      }
      expect(performance.now() - upMs).toBeLessThan(60_000);
    }, 70_000);

    it('becomes ready and counts what it does', async () => {
      for (;;) {
        const { status } = await fetch(`${url}/health/ready`);
        if (status === 200) break;
        await systemClock.sleep(200);
      }
      const metrics = await (await fetch(`${url}/metrics`)).text();
      // Made-up shops are good producers: nothing of theirs may be refused.
      expect(metrics).not.toContain('stage="validate"');
      expect(metrics).toMatch(/gondola_records_received_total\{[^}]*pipeline="ingest"[^}]*\} [1-9]/);
    }, 60_000);

    it('is not disturbed by a second one that finds its port taken', async () => {
      const second = spawn(process.execPath, [BIN, 'up', '--port', new URL(url).port], {
        cwd: folder,
        stdio: 'ignore',
      });
      const code = await new Promise((resolve) => second.on('exit', resolve));
      expect(code).toBe(78);
      const lake = readdirSync(join(folder, '.gondola')).find((name) => name === `demo-${demo.pid}`);
      expect(
        existsSync(
          join(folder, '.gondola', String(lake), 'dev/signals/_delta_log/00000000000000000000.json'),
        ),
      ).toBe(true);
    }, 60_000);

    it('fits a screen of 400 px, in Spanish and in the dark', async () => {
      const page = await openBoard({ width: 400, locale: 'es-CO', dark: true });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      expect(await page.locator('body').innerText()).toContain('Tiendas');
      await shoot(page, 'board-400-es-dark');
    }, 90_000);

    it('opens a shelf and says why', async () => {
      const page = await openBoard({ width: 1280, locale: 'en-US' });
      await shoot(page, 'board-1280-en');
      await page.locator('#shelves li button, #shelves li a').first().click();
      await page.locator('svg').first().waitFor();
      await shoot(page, 'shelf-1280-en');
      expect(await page.locator('body').innerText()).toMatch(/usually|expected|record/i);
    }, 90_000);
  },
);
