import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { trackRun, type TrackedRun } from '../../apps/gondola/src/mlflow.js';
import { describeWithMlflow, startMlflow, type Mlflow } from '../servers/mlflow.js';

const START_MS_MAX = 300_000;

const run: TrackedRun = {
  ...{ experiment: 'gondola', name: 'own-1', startMs: 1_790_000_000_000, endMs: 1_790_000_060_000 },
  params: { labels: 2400, command: 'x'.repeat(900) },
  metrics: { held_ap: 0.71, held_ece: 0.01 },
  tags: { 'gondola.model.hash': 'ab'.repeat(32) },
  artifact: { name: 'model.json', text: '{"format":1}\n' },
};

describeWithMlflow('MLflow', () => {
  let server: Mlflow;
  beforeAll(async () => {
    server = await startMlflow();
  }, START_MS_MAX);
  afterAll(() => server.stop());

  it('has a run with its parameters, metrics, tags and file, and a second one in the same experiment', async () => {
    const first = await trackRun(`${server.url}/`, run, {});
    expect(first.hasArtifact).toBe(true);
    const got = (await (
      await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${first.runId}`)
    ).json()) as {
      run: {
        info: { status: string; experiment_id: string; artifact_uri: string; run_name: string };
        data: Record<'params' | 'metrics' | 'tags', { key: string; value: unknown }[]>;
      };
    };
    const { info, data } = got.run;
    expect(info).toMatchObject({ status: 'FINISHED', run_name: 'own-1' });
    expect(data.params).toContainEqual({ key: 'labels', value: '2400' });
    expect(data.metrics).toContainEqual(expect.objectContaining({ key: 'held_ap', value: 0.71 }));
    expect(data.tags).toContainEqual({ key: 'gondola.model.hash', value: 'ab'.repeat(32) });
    const path = info.artifact_uri.replace('mlflow-artifacts:/', '');
    const file = await fetch(`${server.url}/api/2.0/mlflow-artifacts/artifacts/${path}/model.json`);
    expect(await file.text()).toBe(run.artifact.text);
    const second = await trackRun(server.url, { ...run, name: 'own-2' }, {});
    const other = await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${second.runId}`);
    expect(await other.json()).toMatchObject({ run: { info: { experiment_id: info.experiment_id } } });
  });
});

describe('an address that is no MLflow', () => {
  it('is told as that, without what stands in the address', async () => {
    const server = createServer((_, response) => response.writeHead(403).end('no')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const tracking = trackRun(`http://127.0.0.1:${port}/secret`, run, { MLFLOW_TRACKING_TOKEN: 'hidden' });
    await expect(tracking).rejects.toMatchObject({ code: 'tracking_unavailable' });
    await expect(tracking).rejects.toThrow(/^MLflow answered 403 \(mlflow\/experiments\/get-by-name\)$/);
    server.close();
    await once(server, 'close');
    await expect(trackRun(`http://127.0.0.1:${port}`, run, {})).rejects.toThrow('does not answer');
  });
});
