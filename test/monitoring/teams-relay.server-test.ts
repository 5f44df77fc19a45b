import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alertmanagerConfig, ALERTS, annotationsOf, labelsOf, yamlOf } from '@gondola/monitoring';
import { startGondola } from '../run-gondola.js';
import { freePort } from '../servers/child-server.js';
import { describeWithPrometheus, startAlertmanager } from '../servers/prometheus.js';

interface Card {
  readonly attachments: readonly [
    {
      readonly content: {
        readonly body: readonly { readonly text: string }[];
        readonly actions: readonly { readonly url: string }[];
      };
    },
  ];
}

describeWithPrometheus('what a real Alertmanager tells Teams', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-teams-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('comes as a card, again after Teams was away, and never without the token', async () => {
    const cards: Card[] = [];
    let refusals = 1;
    const teams = createServer((request, reply) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        if (refusals-- > 0) return reply.writeHead(503).end();
        cards.push(JSON.parse(body) as Card);
        return reply.writeHead(202).end();
      });
    });
    teams.listen(0, '127.0.0.1');
    await once(teams, 'listening');
    const { port: teamsPort } = teams.address() as AddressInfo;
    const port = await freePort();
    const [urlFile, tokenFile] = [join(folder, 'url'), join(folder, 'token')];
    writeFileSync(urlFile, `http://127.0.0.1:${teamsPort}/workflow`);
    writeFileSync(tokenFile, 'a'.repeat(64));
    const relay = startGondola([
      ...['teams-relay', '--url-file', urlFile, '--token-file', tokenFile, '--port', String(port)],
    ]);
    const url = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${url}/health/live`).catch(() => null))?.ok) await sleep(100);
    expect((await fetch(`${url}/alerts`, { method: 'POST', body: '{}' })).status).toBe(401);

    const webhook = {
      url: `${url}/alerts`,
      http_config: { authorization: { type: 'Bearer', credentials_file: tokenFile } },
    };
    const receivers = [{ name: 'webhook', webhook_configs: [webhook] }];
    const timing = { group_wait: '0s', group_interval: '1s', repeat_interval: '1h' };
    const config = yamlOf(alertmanagerConfig('dev', { receivers, timing }));
    const alertmanager = await startAlertmanager({ config, dir: folder });
    try {
      const alert = ALERTS.find(({ name }) => name === 'ItemOutInManyStores') ?? ALERTS[0];
      const labels = { alertname: alert.name, ...labelsOf(alert, 'dev') };
      await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([{ labels, annotations: annotationsOf(alert) }]),
      });
      const endMs = performance.now() + 180_000;
      while (cards.length === 0 && performance.now() < endMs) await sleep(100);
      const { body, actions } = cards[0].attachments[0].content;
      expect(body.map(({ text }) => text)).toEqual([
        'Alerta · dev · ItemOutInManyStores',
        `Alerta: ${alert.summary.es}`,
        alert.action.es,
        alert.more?.es,
      ]);
      expect(actions).toMatchObject([{ url: annotationsOf(alert)['runbook_url'] }]);
      expect(refusals).toBeLessThan(0);
    } finally {
      await alertmanager.stop();
      relay.child.kill('SIGTERM');
      const { code, stdout, stderr } = await relay.ended;
      teams.closeAllConnections();
      teams.close();
      expect(code).toBe(0);
      // The address is a secret.
      expect(stdout + stderr).not.toContain(String(teamsPort));
    }
  }, 300_000);
});
