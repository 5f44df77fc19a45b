import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Sends what make_pos_topics.py (`tool`) makes of its topic `pos` or `pos_avro`; `traced`: with a traceparent each, of which that share is sampled. */
export async function sendFrames(sink, { folder, tool, topic, events, keep = false, traced = null }) {
  mkdirSync(folder, { recursive: true });
  const frames = join(folder, `${topic}-${events}.frames`);
  if (!existsSync(frames))
    execFileSync(
      'python3',
      [join(import.meta.dirname, 'pos_topics.py'), tool, topic, frames, '--n', String(events)],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
  let batch = [];
  let number = 0;
  for (const record of readFrames(frames)) {
    batch.push(traced === null ? record : { ...record, headers: [traceparentOf(number++, traced)] });
    if (batch.length < 8_000) continue;
    await sink.append(batch);
    batch = [];
  }
  if (batch.length > 0) await sink.append(batch);
  if (!keep) rmSync(frames);
}

/** Of record `number`: all have one, a share of them with the flag by which their producer wants them traced. */
function traceparentOf(number, share) {
  const isSampled = Math.floor((number + 1) * share) > Math.floor(number * share);
  const id = (number + 1).toString(16);
  const text = `00-${id.padStart(32, 'a')}-${id.padStart(16, 'b')}-0${isSampled ? 1 : 0}`;
  return { key: 'traceparent', value: Buffer.from(text) };
}

function* readFrames(path) {
  const file = openSync(path, 'r');
  let rest = Buffer.alloc(0);
  const timestampMs = Date.UTC(2026, 0, 6);
  for (;;) {
    const chunk = Buffer.alloc(8 << 20);
    const read = readSync(file, chunk);
    if (read === 0) break;
    rest = Buffer.concat([rest, chunk.subarray(0, read)]);
    let at = 0;
    for (;;) {
      if (at >= rest.length) break;
      const valueAt = at + 1 + rest[at] + 4;
      if (valueAt > rest.length) break;
      const end = valueAt + rest.readUInt32LE(valueAt - 4);
      if (end > rest.length) break;
      yield { key: rest.subarray(at + 1, valueAt - 4), value: rest.subarray(valueAt, end), timestampMs };
      at = end;
    }
    rest = rest.subarray(at);
  }
  closeSync(file);
}
