import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS_MAX = 180_000;
const STOP_MS_MAX = 10_000;

export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a program that listens on a free port of loopback, and resolves once it accepts connections. */
export async function startChildServer(
  command: string,
  argsOf: (port: number) => readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(command, argsOf(port), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const exited = once(child, 'exit');
  try {
    await Promise.race([
      untilAccepts(port),
      exited.then(([code]) => Promise.reject(new Error(`${command} ended with ${code}: ${stderr}`))),
    ]);
  } catch (error) {
    await stopChild(child, exited);
    throw error;
  }
  return { port, stop: () => stopChild(child, exited) };
}

async function stopChild(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(kill);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilAccepts(port: number): Promise<void> {
  const endMs = performance.now() + READY_MS_MAX;
  while (!(await accepts(port))) {
    if (performance.now() > endMs) throw new Error(`nothing listens on port ${port}`);
    await sleep(50);
  }
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
