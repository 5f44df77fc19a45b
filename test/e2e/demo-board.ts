import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gondola/stream';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const BIN = join(import.meta.dirname, '../../apps/gondola/bin/gondola.js');

export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (!CHROMIUM)
  console.warn('skipped: the board is tested in Chromium, and there is none (Debian package chromium)');

const WAIT_MS_MAX = 120_000;
const HOUR_MS = 3_600_000;

export interface View {
  readonly width: number;
  readonly locale: string;
  readonly dark?: boolean;
  readonly touch?: boolean;
  /** False: without the page's own worker, whose questions a test cannot answer. */
  readonly worker?: boolean;
}

/** The whole line with its made-up shops, and a browser before it. */
export class DemoBoard {
  /** What pages complained of: a test looks at it in the end. */
  readonly problems: string[] = [];

  readonly folder: string;
  readonly demo: ChildProcess;
  readonly url: string;
  readonly browser: Browser;

  private constructor(parts: Pick<DemoBoard, 'folder' | 'demo' | 'url' | 'browser'>) {
    this.folder = parts.folder;
    this.demo = parts.demo;
    this.url = parts.url;
    this.browser = parts.browser;
  }

  /**
   * `speed`: simulated seconds per second; left out: as whoever runs the demo has it. `api`: of its configuration, where a speed is
   * given.
   */
  static async start(speed?: number, api: object = {}): Promise<DemoBoard> {
    // A folder of its own: the demo keeps its lake under the folder it is started in.
    const folder = mkdtempSync(join(tmpdir(), 'gondola-demo-'));
    const how = speed === undefined ? ['--port', '0'] : ['--config', configFile(folder, speed, api)];
    const demo = spawn(process.execPath, [BIN, 'up', ...how], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      demo.stderr.on('data', (part: Buffer) => {
        said += part.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
        if (found) resolve(found[0]);
      });
      demo.on('exit', () => reject(new Error(said)));
    });
    const browser = await chromium.launch({ executablePath: String(CHROMIUM), args: ['--no-sandbox'] });
    return new DemoBoard({ folder, demo, browser, url });
  }

  async stop(): Promise<void> {
    await this.browser.close();
    const ended = new Promise((resolve) => this.demo.once('exit', resolve));
    this.demo.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async context({
    width,
    locale,
    dark = false,
    touch = false,
    worker = true,
  }: View): Promise<BrowserContext> {
    const context = await this.browser.newContext({
      viewport: { width, height: 900 },
      locale,
      colorScheme: dark ? 'dark' : 'light',
      hasTouch: touch,
      serviceWorkers: worker ? 'allow' : 'block',
    });
    // Pages, line and test share the cores of one machine.
    context.setDefaultTimeout(WAIT_MS_MAX);
    return context;
  }

  /** At `#hash`, when what it asked for is there. `url`: where another way leads to the demo. */
  async open(view: View, hash = '', context?: BrowserContext, url = this.url): Promise<Page> {
    const page = await (context ?? (await this.context(view))).newPage();
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      const { url } = message.location();
      if (message.type() === 'error' && !STILL_READING.test(url))
        this.problems.push(`${message.text()} ${url}`);
    });
    await page.goto(`${url}/${hash}`);
    await page
      .locator(READY[hash.split('/')[0]] ?? READY[''])
      .first()
      .waitFor();
    return page;
  }

  /** Once it has read its lake. */
  async ready(): Promise<void> {
    while ((await fetch(`${this.url}/health/ready`)).status !== 200) await systemClock.sleep(200);
  }

  /** Once what the shops did before the start is read: no signal of that time ends any more. */
  async isCaughtUp(): Promise<boolean> {
    const { nowMs, checkedUntilMs } = await this.json<{ nowMs: number; checkedUntilMs: number | null }>(
      '/board/info',
    );
    return checkedUntilMs !== null && nowMs - checkedUntilMs < 2 * HOUR_MS;
  }

  async json<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T;
  }
}

function configFile(folder: string, speed: number, api: object): string {
  const path = join(folder, 'up.json');
  const config = {
    ...{ environment: 'dev', lake: join(folder, 'lake'), http: { port: 0 }, demo: { speed }, api },
    // The simulator's shops are not those that trees were grown on.
    detect: { model: join(import.meta.dirname, '../../apps/gondola/models/hmm-2026.11.json') },
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** Still reading the lake (503) while the demo is young: the board does without meanwhile. */
const STILL_READING = /\/(insights|brief)\?/;

/** What a page has when it is there, by how its hash begins. */
const READY: Readonly<Record<string, string>> = {
  '': '#shelf-list li',
  '#shelf': '#detail svg',
  '#card': '#page .task, #page .choice li, #page .notice',
  '#brief': '#page .brief, #page .choice li, #page .notice',
  '#pipeline': '#page table',
};
