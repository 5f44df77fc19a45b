import { GondolaError } from '@gondola/stream';
import { z } from 'zod';

/** One answer is waited for as long. */
const TIMEOUT_MS = 30_000;
/** What MLflow takes as a parameter's value. */
const PARAM_CHARS_MAX = 500;

export interface TrackedRun {
  readonly experiment: string;
  readonly name: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
  /** A file kept with the run. */
  readonly artifact: { readonly name: string; readonly text: string };
  readonly startMs: number;
  readonly endMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const experimentSchema = z.object({ experiment: z.object({ experiment_id: z.string() }) });
const createdSchema = z.object({ experiment_id: z.string() });
const runSchema = z.object({
  run: z.object({ info: z.object({ run_id: z.string(), artifact_uri: z.string() }) }),
});

/**
 * Tells an MLflow server of a finished training, by its REST API (2.0). Who signs in, says so as MLflow's own client
 * would: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. Resolves with the run's id and
 * whether the file could be kept: only where the server itself takes artifacts. Throws `tracking_unavailable`.
 */
export async function trackRun(
  address: string,
  run: TrackedRun,
  environment: Environment,
): Promise<{ readonly runId: string; readonly hasArtifact: boolean }> {
  const call = callerOf(address, environment);
  const experimentId = await experimentOf(call, run.experiment);
  const created = await call('POST', 'runs/create', {
    ...{ experiment_id: experimentId, run_name: run.name, start_time: run.startMs },
    tags: pairs(run.tags),
  });
  const { run_id: runId, artifact_uri: artifacts } = runSchema.parse(created).run.info;
  await call('POST', 'runs/log-batch', {
    run_id: runId,
    params: pairs(run.params).map(({ key, value }) => ({ key, value: value.slice(0, PARAM_CHARS_MAX) })),
    metrics: Object.entries(run.metrics).map(([key, value]) => ({
      key,
      value,
      timestamp: run.endMs,
      step: 0,
    })),
  });
  const root = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(artifacts)?.[1];
  if (root !== undefined) await call.put(`${root}/${run.artifact.name}`, run.artifact.text);
  await call('POST', 'runs/update', { run_id: runId, status: 'FINISHED', end_time: run.endMs });
  return { runId, hasArtifact: root !== undefined };
}

async function experimentOf(call: Caller, name: string): Promise<string> {
  const found = await call(
    'GET',
    `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`,
    null,
  );
  if (found !== null) return experimentSchema.parse(found).experiment.experiment_id;
  return createdSchema.parse(await call('POST', 'experiments/create', { name })).experiment_id;
}

interface Caller {
  /** Null: there is no such thing. */
  (method: 'GET' | 'POST', path: string, body: object | null): Promise<unknown>;
  put(path: string, text: string): Promise<void>;
}

function callerOf(address: string, environment: Environment): Caller {
  const root = address.replace(/\/+$/, '');
  const headers = { 'content-type': 'application/json', ...signIn(environment) };
  const send = async (method: string, path: string, body: string | null) => {
    let response: Response;
    try {
      response = await fetch(`${root}/api/2.0/${path}`, {
        ...{ method, headers, body, redirect: 'error' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw unavailable(path, 'does not answer', cause);
    }
    const text = await response.text();
    if (response.ok || response.status === 404) return { status: response.status, text };
    throw unavailable(path, `answered ${response.status}`);
  };
  const call = async (method: 'GET' | 'POST', path: string, body: object | null) => {
    const { status, text } = await send(method, `mlflow/${path}`, body && JSON.stringify(body));
    if (status === 404 && method === 'GET') return null;
    if (status === 404) throw unavailable(path, 'answered 404: is it the address of an MLflow server?');
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw unavailable(path, 'answered no JSON', cause);
    }
  };
  const put = async (path: string, text: string) => {
    const { status } = await send('PUT', `mlflow-artifacts/artifacts/${path}`, text);
    if (status === 404) throw unavailable(path, 'answered 404 to a file');
  };
  return Object.assign(call, { put });
}

/** Without the address: it may hold a name and a password. */
function unavailable(path: string, why: string, cause?: unknown): GondolaError {
  const call = path.split('?')[0];
  return new GondolaError('tracking_unavailable', `MLflow ${why} (${call})`, true, { cause });
}

function signIn(environment: Environment): Record<string, string> {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: name } = environment;
  if (token) return { authorization: `Bearer ${token}` };
  if (!name) return {};
  const password = environment['MLFLOW_TRACKING_PASSWORD'] ?? '';
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

const pairs = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: String(value) }));
