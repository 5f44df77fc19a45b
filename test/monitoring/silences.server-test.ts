import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertmanagerConfig, yamlOf } from '@gondola/monitoring';
import { lastLine, runGondola } from '../run-gondola.js';
import { describeWithPrometheus, startAlertmanager, type MonitoringServer } from '../servers/prometheus.js';

const HOUR_MS = 3_600_000;

describeWithPrometheus('silences on a real Alertmanager', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-silences-'));
  const lake = join(folder, 'lake');
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  const at = (hours: number) => new Date(nowMs + hours * HOUR_MS).toISOString();
  let alertmanager: MonitoringServer;

  beforeAll(async () => {
    alertmanager = await startAlertmanager({ config: yamlOf(alertmanagerConfig('dev')), dir: folder });
  }, 300_000);
  afterAll(async () => {
    await alertmanager.stop();
    rmSync(folder, { recursive: true });
  });

  let sent = 0;
  /** Through the whole line into silver, as the catalog's system would. */
  async function close(change: object): Promise<void> {
    const file = join(folder, `closures-${++sent}.ndjson`);
    const event = {
      ...{ eventId: `e${sent}`, closureId: 'c1', retailStoreId: 'S001', updatedAt: at(sent - 10) },
      ...{ closedFrom: at(-1), closedUntil: at(5), reason: 'works', isCancelled: false },
      ...change,
    };
    writeFileSync(file, JSON.stringify({ type: 'retail.catalog.closure', event }));
    const { code, stderr } = await runGondola(['replay', file, '--as', 'events', '--lake', lake]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }

  async function silences(maintenance: readonly object[] = []) {
    const file = join(folder, 'silences.yaml');
    writeFileSync(
      file,
      JSON.stringify({ environment: 'dev', lake, alertmanager: { url: alertmanager.url }, maintenance }),
    );
    const ended = await runGondola(['silences', '--config', file, '--json']);
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    return lastLine(ended);
  }

  /** Names of alerts that Alertmanager would send now, of these. */
  async function sounding(alerts: readonly Readonly<Record<string, string>>[]): Promise<string[]> {
    const posted = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels: { environment: 'dev', ...labels } }))),
    });
    expect(posted.status).toBe(200);
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts?silenced=false&inhibited=false`);
    const heard = (await answer.json()) as { labels: { alertname: string; store: string } }[];
    return heard.map(({ labels: { alertname, store } }) => `${alertname} ${store}`).sort();
  }

  it('come and go with what the catalog and the configuration say, and a second run changes nothing', async () => {
    await close({});
    expect(await silences()).toMatchObject({ wanted: 1, made: 1, ended: 0 });
    expect(await silences()).toMatchObject({ wanted: 1, made: 0, ended: 0 });
    const alerts = ['S001', 'S002'].map((store) => ({ alertname: 'StoreClosedUnexpectedly', store }));
    const down = { alertname: 'ServiceDown', store: 'S003', team: 'platform' };
    expect(await sounding([...alerts, down])).toEqual(['ServiceDown S003', 'StoreClosedUnexpectedly S002']);

    // It opens later than was said: one silence takes the place of the other.
    await close({ closedUntil: at(8) });
    expect(await silences()).toMatchObject({ wanted: 1, made: 1, ended: 1 });

    const window = {
      name: 'release',
      from: at(-1),
      until: at(1),
      reason: 'release',
      alerts: ['ServiceDown'],
    };
    expect(await silences([window])).toMatchObject({ wanted: 2, made: 1, ended: 0 });
    expect(await sounding([...alerts, down])).toEqual(['StoreClosedUnexpectedly S002']);

    await close({ isCancelled: true });
    expect(await silences()).toMatchObject({ wanted: 0, made: 0, ended: 2 });
    expect(await sounding([...alerts, down])).toEqual([
      'ServiceDown S003',
      'StoreClosedUnexpectedly S001',
      'StoreClosedUnexpectedly S002',
    ]);
  }, 300_000);

  it('an Alertmanager that is not there is said by name, and none is made of it', async () => {
    const file = join(folder, 'nowhere.yaml');
    writeFileSync(
      file,
      JSON.stringify({ environment: 'dev', lake, alertmanager: { url: 'http://127.0.0.1:9' } }),
    );
    const { code, stderr } = await runGondola(['silences', '--config', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Alertmanager does not answer \(silences\)/);
  });
});
