import { CAUSE_NAMES, INCIDENT_KINDS, SIGNAL_KINDS } from '@gondola/events';
import { cleanUp, newLake, start } from '../test/api-harness.js';
import { HOUR_MS, NOON_MS } from '../test/lake-fixture.js';

afterEach(cleanUp);

describe('the board', () => {
  it('is served with headers that forbid foreign and inline code', async () => {
    const { app } = await start(await newLake());
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/board/board.css', 'text/css'],
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
    for (const name of [
      'board.css',
      'board.js',
      'dom.js',
      'shelf.js',
      'incident.js',
      'text.js',
      'icon.svg',
    ]) {
      const source = await (await fetch(`${app.url}/board/${name}`)).text();
      expect(source).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
      bytes += source.length;
    }
    expect(bytes).toBeLessThan(60_000);
  });

  it('has words in both languages, and an icon, for all that signals may be', async () => {
    const { app } = await start(await newLake());
    const read = async (name: string) => (await fetch(`${app.url}/board/${name}`)).text();
    const [words, icons] = await Promise.all([read('text.js'), read('dom.js')]);
    for (const name of [...SIGNAL_KINDS, ...CAUSE_NAMES, ...INCIDENT_KINDS])
      expect([name, words.match(new RegExp(`^    ${name}: `, 'gm'))?.length]).toEqual([name, 2]);
    for (const kind of SIGNAL_KINDS) expect(icons).toMatch(new RegExp(`\\b${kind}: '`));
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
