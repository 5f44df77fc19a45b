import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
/** Where `test/kubernetes/prepare.sh` puts them. */
const PROGRAMS = process.env['GONDOLA_KUBERNETES_TOOLS'] ?? join(ROOT, '.ci/bin');
const SCHEMAS = process.env['GONDOLA_KUBERNETES_SCHEMAS'] ?? join(ROOT, '.ci/kubernetes-schemas');

type Program = 'helm' | 'helm3' | 'kubectl' | 'kubeconform';
/** What `test/kubernetes/api-server/build.sh` puts there. */
type Server = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';
const SERVERS: readonly string[] = ['etcd', 'kube-apiserver', 'kube-controller-manager'];

export const programFile = (program: Program | Server): string => join(PROGRAMS, program);

/** A suite that needs these programs, skipped with the reason where one is not there. */
export function describeWith(programs: readonly (Program | Server)[], name: string, suite: () => void): void {
  const needed = [...programs.map(programFile), ...(programs.includes('kubeconform') ? [SCHEMAS] : [])];
  const missing = needed.filter((file) => !existsSync(file));
  if (missing.length === 0) describe(name, suite);
  else {
    const made = programs.some((program) => SERVERS.includes(program)) ? 'api-server/build.sh' : 'prepare.sh';
    describe.skip(`${name} (left out: no ${missing.join(', ')}; test/kubernetes/${made} makes it)`, suite);
  }
}

export interface ToolResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with `input` to read. */
export function runProgram(
  program: Program,
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): ToolResult {
  const { status, stdout, stderr, error } = spawnSync(programFile(program), args, {
    input,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}

/** What kubeconform finds wrong with these manifests: kind, name and why, one line each. A kind without a schema is wrong. */
export function schemaFaults(yaml: string): readonly string[] {
  const { stdout, stderr } = runProgram(
    'kubeconform',
    [
      ...['-strict', '-output', 'json'],
      ...['-schema-location', `${SCHEMAS}/{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json`],
      ...['-schema-location', `${SCHEMAS}/{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json`],
      '-',
    ],
    { input: yaml },
  );
  if (!stdout) throw new Error(`kubeconform said nothing: ${stderr}`);
  const { resources } = JSON.parse(stdout) as { resources: { kind: string; name: string; msg: string }[] };
  return resources.map(({ kind, name, msg }) => `${kind}/${name}: ${msg}`);
}
