import { request, type IncomingMessage } from 'node:http';
import type { HttpApp } from '@gondola/nest';
import { cleanUp, cleanups, isReady, newLake, start, until } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../test/lake-fixture.js';

afterEach(cleanUp);

describe('server-sent events', () => {
  async function follow(app: HttpApp, path: string, lastEventId?: string) {
    const abort = new AbortController();
    cleanups.push(async () => abort.abort());
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const answer = await fetch(app.url + path, { headers, signal: abort.signal });
    const received = { text: '', ended: false };
    void (async () => {
      try {
        for await (const part of answer.body ?? []) received.text += Buffer.from(part).toString();
      } catch {
        // aborted
      }
      received.ended = true;
    })();
    const ids = () => [...received.text.matchAll(/^event: signal\nid: (.*)$/gm)].map(([, id]) => id);
    return { answer, received, ids };
  }

  it('gives each arrival once, filtered, with its id', async () => {
    const lake = await newLake();
    await lake.addSignals([signalWith({ signalId: 'before' })]);
    const { app } = await start(lake);
    await until('ready', () => isReady(app));
    const all = await follow(app, '/signals/stream');
    const some = await follow(app, '/signals/stream?kind=phantom&store=1001');
    expect(all.answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await lake.addSignals([
      signalWith({ signalId: 'one', itemId: 'line\nbreak', kind: 'phantom' }),
      signalWith({ signalId: 'two', storeId: '9', kind: 'phantom' }),
      signalWith({ signalId: 'three' }),
    ]);
    await until('all arrived', () => all.ids().length === 3);
    await until('some arrived', () => some.ids().length === 1);
    expect(all.ids()).toEqual(['one', 'two', 'three']);
    expect(some.ids()).toEqual(['one']);
    const [, data] = /^id: one\ndata: (.*)$/m.exec(all.received.text) ?? [];
    expect(JSON.parse(data)).toMatchObject({ signalId: 'one', itemId: 'line\nbreak', itemName: null });
  });

  it('resumes after the last id a client saw', async () => {
    const lake = await newLake();
    await lake.addSignals(
      ['a', 'b', 'c'].map((signalId, n) => signalWith({ signalId, itemId: signalId, atMs: NOON_MS + n })),
    );
    const { app } = await start(lake);
    await until('ready', () => isReady(app));
    const resumed = await follow(app, '/signals/stream', 'a');
    await until('resumed', () => resumed.ids().length === 2);
    expect(resumed.ids()).toEqual(['b', 'c']);
    const replayed = await follow(app, `/signals/stream?since=${NOON_MS + 1}`);
    await until('replayed', () => replayed.ids().length === 2);
    expect(replayed.ids()).toEqual(['b', 'c']);
  });

  it('misses nothing that came before the last id a client saw came again', async () => {
    const lake = await newLake();
    const signals = ['a', 'b', 'c'].map((signalId, n) =>
      signalWith({ signalId, itemId: signalId, atMs: NOON_MS + n }),
    );
    await lake.addSignals(signals);
    const { app, api } = await start(lake);
    await lake.addSignals([{ ...signals[0], probability: 0.2 }]);
    await until('it came again', async () => {
      const { probability } = (await (await fetch(`${app.url}/signals/a`)).json()) as { probability: number };
      return probability === 0.2;
    });
    expect(api.feed.health().state).toBe('healthy');
    const resumed = await follow(app, '/signals/stream', 'a');
    await until('resumed', () => resumed.ids().length === 3);
    expect(resumed.ids()).toEqual(['b', 'c', 'a']);
  });

  it('tells a client whose last id is no longer kept to ask again', async () => {
    const lake = await newLake();
    await lake.addSignals(
      ['a', 'b', 'c'].map((signalId, n) => signalWith({ signalId, itemId: signalId, atMs: NOON_MS + n })),
    );
    const { app } = await start(lake, { signalsKept: 2 });
    await until('ready', () => isReady(app));
    const resumed = await follow(app, '/signals/stream', 'a');
    await until('reset', () => resumed.received.text.includes('event: reset\n'));
    expect(resumed.ids()).toEqual([]);
    await lake.addSignals([signalWith({ signalId: 'd', itemId: 'd' })]);
    await until('live again', () => resumed.ids().length === 1);
  });

  it('sends signs of life', async () => {
    const lake = await newLake();
    const { app } = await start(lake, { stream: { heartbeatMs: 20 } });
    const { received } = await follow(app, '/signals/stream');
    await until('two signs', () => received.text.split(': still here').length > 2);
  });

  it('drops a client that does not read, and serves the others', async () => {
    const lake = await newLake();
    // Who reads is in this process too: a busy machine must not keep it from that for two beats.
    const { app, metrics } = await start(lake, { stream: { heartbeatMs: 3_000 } });
    await until('ready', () => isReady(app));
    const stuck = await new Promise<IncomingMessage>((resolve) =>
      request(`${app.url}/signals/stream`, (answer) => resolve(answer.pause())).end(),
    );
    stuck.on('error', () => undefined);
    const reader = await follow(app, '/signals/stream');
    const wide = { expectedLast24h: Array.from({ length: 1_000 }, (_, n) => n + 1 / 3) };
    const count = 1_000;
    await lake.addSignals(
      Array.from({ length: count }, (_, n) => signalWith({ signalId: `s${n}`, itemId: `${n}`, ...wide })),
    );
    // One more commit, in case the first was read with the table's snapshot before anybody listened.
    await lake.addSignals([signalWith({ signalId: 'last', atMs: NOON_MS + HOUR_MS })]);
    const isDropped = async () =>
      (await metrics.metrics()).includes('gondola_api_stream_clients_dropped_total 1');
    await until('dropped', isDropped);
    await until('the reader has the last', () => reader.ids().at(-1) === 'last');
    expect(reader.ids()).toHaveLength(count + 1);
    expect(await metrics.metrics()).toContain('gondola_api_stream_clients 1');
  });

  it('refuses more clients than it may have, and ends streams when it stops', async () => {
    const lake = await newLake();
    const { app, stop } = await start(lake, { stream: { clientsMax: 1 } });
    const first = await follow(app, '/signals/stream');
    const second = await fetch(`${app.url}/signals/stream`);
    expect(second.status).toBe(503);
    await second.body?.cancel();
    stop.abort();
    await app.stopped;
    await until('ended', () => first.received.ended);
  });
});
