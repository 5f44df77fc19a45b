import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startChildServer } from '../../servers/child-server.js';
import { programFile, runProgram, type ToolResult } from '../tools.js';

/** Whether deployments and tasks get pods; without the controller manager they only are there. */
export const MAKES_PODS = existsSync(programFile('kube-controller-manager'));

const READY_MS_MAX = 240_000;

/** Kubernetes without nodes: it takes and checks everything, makes pods, and starts none. Listens on loopback alone. */
export interface Cluster {
  kubectl(args: readonly string[], input?: string): ToolResult;
  helm(args: readonly string[], input?: string): ToolResult;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-kubernetes-'));
  const keyFile = join(folder, 'accounts.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const token = randomBytes(16).toString('hex');
  const tokenFile = join(folder, 'tokens.csv');
  writeFileSync(tokenFile, `${token},admin,admin,system:masters\n`, { mode: 0o600 });

  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    // Newest first: an API server that has lost its etcd does not end.
    for (const server of started.reverse()) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const peer = await freePort();
    const etcd = await startChildServer(programFile('etcd'), (port) => [
      ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
      ...[
        '--listen-client-urls',
        `http://127.0.0.1:${port}`,
        '--advertise-client-urls',
        `http://127.0.0.1:${port}`,
      ],
      ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
      ...[
        '--initial-advertise-peer-urls',
        `http://127.0.0.1:${peer}`,
        '--initial-cluster',
        `default=http://127.0.0.1:${peer}`,
      ],
    ]);
    started.push(etcd);
    const api = await startChildServer(programFile('kube-apiserver'), (port) => [
      `--etcd-servers=http://127.0.0.1:${etcd.port}`,
      ...['--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${join(folder, 'certificates')}`],
      // It would tell itself to pods by an address that is not loopback's.
      ...['--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.96.0.0/24'],
      ...[`--token-auth-file=${tokenFile}`, '--authorization-mode=RBAC', '--allow-privileged=true'],
      ...['--service-account-issuer=https://kubernetes.test', `--service-account-key-file=${keyFile}`],
      ...[`--service-account-signing-key-file=${keyFile}`, '--v=0'],
    ]);
    started.push(api);
    const kubeconfig = join(folder, 'kubeconfig.json');
    writeFileSync(kubeconfig, kubeconfigOf(api.port, token), { mode: 0o600 });
    const run = (program: 'kubectl' | 'helm') => (args: readonly string[], input?: string) =>
      runProgram(program, args, {
        ...(input === undefined ? {} : { input }),
        env: {
          KUBECONFIG: kubeconfig,
          HELM_CACHE_HOME: folder,
          HELM_CONFIG_HOME: folder,
          HELM_DATA_HOME: folder,
        },
      });
    const kubectl = run('kubectl');
    await until('the API server is ready', () => kubectl(['get', '--raw', '/readyz']).code === 0);
    if (MAKES_PODS)
      started.push(
        await startChildServer(programFile('kube-controller-manager'), (port) => [
          ...[`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--v=0'],
          ...[
            '--bind-address=127.0.0.1',
            `--secure-port=${port}`,
            `--cert-dir=${join(folder, 'certificates')}`,
          ],
          `--service-account-private-key-file=${keyFile}`,
        ]),
      );
    return { kubectl, helm: run('helm'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function kubeconfigOf(port: number, token: string): string {
  const name = 'test';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** Waits until `is` holds; throws with `what` when that takes too long. */
export async function until(what: string, is: () => boolean): Promise<void> {
  const endMs = performance.now() + READY_MS_MAX;
  while (!is()) {
    if (performance.now() > endMs) throw new Error(`not after ${READY_MS_MAX} ms: ${what}`);
    await sleep(200);
  }
}
