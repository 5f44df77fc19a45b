import { readdirSync } from 'node:fs';
import { CAUSE_NAMES, INCIDENT_KINDS, SIGNAL_KINDS, VERDICTS } from '@gondola/events';
import { QUARANTINE_REASONS } from '@gondola/stream';
import { cleanUp, newLake, start } from '../test/api-harness.js';
import { HOUR_MS, NOON_MS } from '../test/lake-fixture.js';

afterEach(cleanUp);

const NAMES = readdirSync(new URL('../board/', import.meta.url)).sort();

describe('the board', () => {
  it('is served with headers that forbid foreign and inline code', async () => {
    const { app } = await start(await newLake());
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/board/base.css', 'text/css'],
      ['/board/board.js', 'text/javascript'],
      ['/board/text.js', 'text/javascript'],
      ['/board/icon.svg', 'image/svg+xml'],
    ]) {
      const answer = await fetch(app.url + path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('content-type')).toContain(type);
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    }
    expect((await fetch(`${app.url}/board/..%2fpackage.json`)).status).toBe(404);
  });

  it('has no inline code, puts no data into markup and stays small', async () => {
    const { app } = await start(await newLake());
    const page = await (await fetch(app.url)).text();
    expect(page).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style=/);
    let bytes = page.length;
    for (const name of NAMES) {
      const source = await (await fetch(`${app.url}/board/${name}`)).text();
      expect(source).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
      expect([name, source.split('\n').length <= 300]).toEqual([name, true]);
      bytes += Buffer.byteLength(source);
    }
    // Everything that the first load brings, as it is, without compression.
    expect(bytes).toBeLessThan(150_000);
  });

  it('is kept whole by its worker, which may answer for the page', async () => {
    const { app } = await start(await newLake());
    const answer = await fetch(`${app.url}/board/worker.js`);
    expect(answer.headers.get('service-worker-allowed')).toBe('/');
    const source = await answer.text();
    const kept = [...source.matchAll(/'([\w-]+\.(?:js|css|svg))'/g)].map(([, name]) => name);
    expect(kept.sort()).toEqual(NAMES.filter((name) => name !== 'worker.js' && !name.endsWith('.html')));
  });

  it('has words in both languages, and an icon, for all that signals may be', async () => {
    const { app } = await start(await newLake());
    const read = async (name: string) => (await fetch(`${app.url}/board/${name}`)).text();
    const [spanish, english, icons] = await Promise.all(['words-es.js', 'words-en.js', 'dom.js'].map(read));
    const namesIn = (words: string) => [...words.matchAll(/^ {2}'?([\w.]+)'?:/gm)].map(([, name]) => name);
    expect(namesIn(spanish)).toEqual(namesIn(english));
    const verdicts = VERDICTS.filter((verdict) => verdict !== 'UNDO');
    expect(namesIn(english)).toEqual(
      expect.arrayContaining([
        ...[...SIGNAL_KINDS, ...CAUSE_NAMES, ...INCIDENT_KINDS, ...verdicts],
        ...verdicts.map((verdict) => `state${verdict}`),
        ...QUARANTINE_REASONS.map((reason) => `reason_${reason}`),
      ]),
    );
    for (const kind of SIGNAL_KINDS) expect(icons).toMatch(new RegExp(`\\b${kind}: '`));
  });

  it('says nothing that no dictionary has', async () => {
    const { app } = await start(await newLake());
    const read = async (name: string) => (await fetch(`${app.url}/board/${name}`)).text();
    const words = await read('words-en.js');
    for (const name of NAMES.filter((one) => one.endsWith('.js')))
      for (const [, word] of (await read(name)).matchAll(/\bt\('(\w+)'/g))
        expect([name, word, new RegExp(`^ {2}${word}:`, 'm').test(words)]).toEqual([name, word, true]);
    for (const [, word] of (await read('index.html')).matchAll(/data-(?:text|label)="(\w+)"/g))
      expect([word, new RegExp(`^ {2}${word}:`, 'm').test(words)]).toEqual([word, true]);
  });

  it('says whether it is a demo, and what time it is there', async () => {
    const { get } = await start(await newLake(), {}, { demo: true, checkedUntilMs: () => NOON_MS });
    expect((await get('/board/info')).body).toMatchObject({
      environment: 'dev',
      demo: true,
      nowMs: NOON_MS + 6 * HOUR_MS,
      checkedUntilMs: NOON_MS,
    });
  });
});
