import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonPath } from './python.js';

/** Folder with the jars of Delta for Spark, as .ci/run fetches them. */
const JARS = process.env['GONDOLA_SPARK_JARS'] ?? join(import.meta.dirname, '../../.ci/jars');

/** Runs suites that need Spark, or shows them as skipped and says what is missing. */
export const describeWithSpark: (name: string, suite: () => void) => void =
  existsSync(pythonPath) && existsSync(JARS)
    ? describe
    : (name, suite) =>
        describe.skip(
          `${name} (no Python at ${pythonPath} or no jars in ${JARS}: set GONDOLA_PYTHON and GONDOLA_SPARK_JARS)`,
          suite,
        );

interface SparkCommand {
  readonly do: 'read' | 'count' | 'optimize' | 'values';
  /** Folder. */
  readonly table: string;
  readonly version?: number;
  readonly where?: string;
  readonly column?: string;
}

export interface Spark {
  /** Throws what Spark says. */
  ask(command: SparkCommand): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function startSpark(): Promise<Spark> {
  const child = spawn(pythonPath, [join(import.meta.dirname, 'spark_session.py'), JARS], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (part: Buffer) => (complaints = (complaints + part.toString()).slice(-4_000)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`Spark ended: ${complaints}`);
    const parsed = JSON.parse(String(value)) as Record<string, unknown>;
    if (typeof parsed['error'] === 'string') throw new Error(parsed['error']);
    return parsed;
  };
  await answer();
  return {
    ask: (command) => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      return answer();
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.on('close', resolve));
      child.stdin.end();
      await ended;
    },
  };
}
