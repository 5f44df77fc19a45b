import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../run-gondola.js';

const tool = join(process.env['GONDOLA_TOOLS'] ?? join(ROOT, '../shared/tools'), 'make_pos_topics.py');

/** Runs suites on what make_pos_topics.py sends, or shows them as skipped and says what is missing. */
export const describeWithPosTopics: (name: string, suite: () => void) => void =
  !existsSync(tool) || spawnSync('python3', ['--version']).status !== 0
    ? (name, suite) => describe.skip(`${name} (no python3, or no ${tool}: set GONDOLA_TOOLS)`, suite)
    : describe;

export interface PosFrame {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The first `count` records that the tool sends to `pos` (JSON) or `pos_avro` (Avro with Confluent's prefix, id 1). */
export function posFrames(topic: 'pos' | 'pos_avro', count: number, folder: string): PosFrame[] {
  const path = join(folder, `${topic}.frames`);
  const script = join(ROOT, 'test/perf/pos_topics.py');
  execFileSync('python3', [script, tool, topic, path, '--n', String(count)], { stdio: 'ignore' });
  const bytes = readFileSync(path);
  const frames: PosFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const keyEnd = at + 1 + bytes[at];
    const valueEnd = keyEnd + 4 + bytes.readUInt32LE(keyEnd);
    frames.push({ key: bytes.subarray(at + 1, keyEnd), value: bytes.subarray(keyEnd + 4, valueEnd) });
    at = valueEnd;
  }
  return frames;
}
