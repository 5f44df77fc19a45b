import { cleanUp, isReady, newLake, start, until } from '../test/api-harness.js';
import { signalWith } from '../test/lake-fixture.js';

afterEach(cleanUp);

describe('how the api answers', () => {
  it.each([
    [
      '/signals?since=yesterday',
      'since: debe ser ISO 8601 con zona, como 2026-05-01T08:00:00Z, o milisegundos desde 1970',
    ],
    ['/signals?limit=0', 'limit: debe ser al menos 1'],
    ['/signals?limit=2000', 'limit: debe ser como mucho 1000'],
    ['/signals?kind=lost', /^kind: debe ser de out_of_stock, phantom/],
    ['/signals?kinds=silent', 'kinds: no existe ese parámetro'],
    ['/signals?store=a&store=b', 'store: debe darse una sola vez'],
    ['/signals/unheard', 'no se guarda ninguna señal con ese id'],
    ['/shelves/1/2', 'no se guarda ninguna señal de esta góndola'],
    ['/board/none.js', 'el tablero no tiene el archivo none.js'],
    ['/checks', 'store: falta'],
    ['/nothing', 'No hay nada en /nothing'],
  ])('%s is refused in Spanish to who asks for it', async (path, detail) => {
    const { app } = await start(await newLake());
    const ask = async (languages: string) => {
      const answer = await fetch(app.url + path, { headers: { 'accept-language': languages } });
      return {
        language: answer.headers.get('content-language'),
        problem: (await answer.json()) as Record<string, string>,
      };
    };
    const spanish = await ask('es-CO,es;q=0.9,en;q=0.5');
    expect(spanish.language).toBe('es');
    expect(spanish.problem['detail']).toEqual(
      typeof detail === 'string' ? detail : expect.stringMatching(detail),
    );
    const english = await ask('fr,en;q=0.3');
    expect(english.language).toBe('en');
    expect(english.problem['detail']).not.toBe(spanish.problem['detail']);
    expect(english.problem['status']).toBe(spanish.problem['status']);
  });

  it('says of a route that is not there what a problem says, and nothing besides', async () => {
    const { get } = await start(await newLake());
    expect((await get('/nothing')).body).toEqual({
      ...{ type: 'about:blank', title: 'Not Found', status: 404, detail: 'Cannot GET /nothing' },
    });
  });

  it('says nothing new twice: 304 until the content is another', async () => {
    const lake = await newLake();
    await lake.addSignals([signalWith({ signalId: 'a' })]);
    const { app } = await start(lake);
    await until('ready', () => isReady(app));
    const ask = (tag = '') => fetch(`${app.url}/signals`, { headers: { 'if-none-match': tag } });
    const first = await ask();
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"\S+"$/);
    expect((await ask(tag)).status).toBe(304);
    await lake.addSignals([signalWith({ signalId: 'b' })]);
    await until('another answer', async () => (await ask(tag)).status === 200);
  });
});
