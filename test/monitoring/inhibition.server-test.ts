import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alertmanagerConfig, ALERTS, labelsOf, yamlOf } from '@gondola/monitoring';
import { describeWithPrometheus, startAlertmanager, type MonitoringServer } from '../servers/prometheus.js';

type Labels = Readonly<Record<string, string>>;
const WAIT_MS_MAX = 20_000;

describeWithPrometheus('inhibition as Alertmanager does it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-inhibition-'));
  let server: MonitoringServer;

  beforeAll(async () => {
    const receivers = alertmanagerConfig('prod').receivers.map((receiver) => ({
      name: (receiver as { name: string }).name,
    }));
    server = await startAlertmanager({
      config: yamlOf(alertmanagerConfig('prod', { receivers })),
      dir: folder,
    });
  }, 300_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const alert = (name: string, labels: Labels = {}) => {
    const found = ALERTS.find((one) => one.name === name);
    if (!found) throw new Error(`no alert ${name}`);
    return { ...labelsOf(found, 'prod'), alertname: name, ...labels };
  };

  /** Of alerts that fire in an environment of their own, those that nobody is told of. */
  async function inhibited(environment: string, firing: readonly Labels[]): Promise<string[]> {
    const body = JSON.stringify(firing.map((labels) => ({ labels: { ...labels, environment } })));
    const headers = { 'content-type': 'application/json' };
    const sent = await fetch(`${server.url}/api/v2/alerts`, { method: 'POST', headers, body });
    expect(sent.status).toBe(200);
    const filter = encodeURIComponent(`environment="${environment}"`);
    const endMs = performance.now() + WAIT_MS_MAX;
    // Who inhibits hears of alerts a moment after who lists them.
    for (let before = ''; ;) {
      const answer = await fetch(`${server.url}/api/v2/alerts?filter=${filter}`);
      const told = (await answer.json()) as {
        labels: Labels;
        status: { state: string; inhibitedBy: string[] };
      }[];
      // `unprocessed` until it went through the routes.
      const silent = told
        .filter(({ status }) => status.inhibitedBy.length > 0)
        .map(({ labels }) => `${labels['alertname']} ${labels['store'] ?? ''}`.trimEnd())
        .sort();
      const isProcessed = told.every(({ status }) => status.state !== 'unprocessed');
      if (told.length === firing.length && isProcessed && before === silent.join()) return silent;
      before = isProcessed ? silent.join() : '';
      if (performance.now() > endMs) throw new Error(`not taken: ${JSON.stringify(told)}`);
      await sleep(200);
    }
  }

  const STORE = { store: 'S001' };

  it('a stream that ingest cannot reach silences no store: detection may read on', async () => {
    const stores = [alert('StoreOutOfStockUnusual', STORE), alert('StoreFeedDead', { store: 'S002' })];
    expect(await inhibited('a', [alert('StreamUnreachable', { pipeline: 'ingest' }), ...stores])).toEqual([]);
    expect(await inhibited('b', [alert('StreamUnreachable', { pipeline: 'detect' }), ...stores])).toEqual([
      'StoreFeedDead S002',
      'StoreOutOfStockUnusual S001',
    ]);
  });

  it('what makes others follow speaks for them, and for nobody else', async () => {
    const dead = [alert('StoreFeedDead', STORE), alert('StorePhantomSurge', STORE)];
    const other = alert('StorePhantomSurge', { store: 'S002' });
    expect(await inhibited('c', [...dead, other, alert('QuarantineShareHigh')])).toEqual([
      'StorePhantomSurge S001',
    ]);
    expect(
      await inhibited('d', [
        ...[alert('ManyFeedsDead'), alert('StoreFeedDead', STORE), alert('StoreClosedUnexpectedly', STORE)],
        alert('KeyExpiresSoon', { producer: 'tills' }),
      ]),
    ).toEqual(['StoreClosedUnexpectedly S001', 'StoreFeedDead S001']);
    expect(
      await inhibited('e', [
        ...[alert('LakeUnreachable', { pipeline: 'ingest' }), alert('LineLagging', { pipeline: 'ingest' })],
        alert('LineLagging', { pipeline: 'detect' }),
      ]),
    ).toEqual(['LineLagging']);
    expect(
      await inhibited('f', [
        ...[alert('DetectorSilent'), alert('ItemOutInManyStores'), alert('StoreLostSalesHigh', STORE)],
        alert('ServiceDown'),
      ]),
    ).toEqual(['ItemOutInManyStores', 'StoreLostSalesHigh S001']);
  });
});
