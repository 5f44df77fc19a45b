/** A line on the embedded set-up: one stream file, one lake, the services as users start them. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { tableLines } from './table-lines.mjs';

const root = join(import.meta.dirname, '../..');
const BIN = join(root, 'apps/gondola/bin/gondola.js');
const PARTITIONS = 2;
const APPENDED_AT_ONCE = 200;
const registry = loadEmbeddedRegistry(join(root, 'schemas'));
const masking = 'a masking key of this drill, of thirty-two bytes and more';

export class Line {
  /** Another after a broker was lost; `continues` is then the one before. */
  stream = 'events';
  continues;

  constructor(folder) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'masking.key'), masking);
  }

  get lake() {
    return join(this.folder, 'lake');
  }

  get streamFile() {
    return join(this.folder, 'stream.sqlite');
  }

  /** What tills send: returns when the stream has it on disk. */
  async send(events) {
    const log = EmbeddedLog.open(this.streamFile);
    try {
      log.createStream(this.stream, PARTITIONS);
      const sink = createEmbeddedSink(log, this.stream);
      for (let at = 0; at < events.length; at += APPENDED_AT_ONCE)
        await sink.append(events.slice(at, at + APPENDED_AT_ONCE).map(recordOf));
    } finally {
      log.close();
    }
  }

  /** The broker is gone, with all that it held. */
  loseBroker() {
    for (const end of ['', '-wal', '-shm']) rmSync(this.streamFile + end, { force: true });
  }

  ingest() {
    const flush = { rowsMax: 2_000 };
    const dedupe = this.continues ? { continues: this.continues } : {};
    const masking = { keyFile: join(this.folder, 'masking.key') };
    return this.run('ingest', { ...this.common(), flush, dedupe, masking }, ['--once']);
  }

  detect() {
    const snapshot = { recordsMax: 4_000, ...(this.continues ? { continues: this.continues } : {}) };
    const detect = { ...this.common(), advanceByClock: false, snapshot };
    return this.run('detect', detect, ['--once']);
  }

  /** Both services read what is there; throws where one fails. */
  async drain() {
    for (const service of [() => this.ingest(), () => this.detect()]) must(await service());
  }

  /** Reads the configuration of the last `ingest`. */
  reconcile(args = []) {
    return this.command('reconcile', ['--config', join(this.folder, 'ingest.json'), ...args]);
  }

  rebuild(args = []) {
    return this.command('rebuild', ['--config', join(this.folder, 'ingest.json'), ...args]);
  }

  /** Rows of silver by their table; `withPlace`: with the position that each came from. */
  async silver({ withPlace }) {
    return tableLines(this.lake, 'dev/silver', { withPlace });
  }

  async signals() {
    return tableLines(this.lake, 'dev/signals', { withPlace: true });
  }

  common() {
    const stream = { file: this.streamFile, name: this.stream, signals: `signals-of-${this.stream}` };
    return { environment: 'dev', lake: this.lake, stream, http: { port: 0 }, logLevel: 'warn' };
  }

  run(service, config, args) {
    const file = join(this.folder, `${service}.json`);
    writeFileSync(file, JSON.stringify(config));
    return this.command(service, ['--config', file, ...args]);
  }

  /** Resolves with the exit code, what `--json` printed and what was said to people. */
  command(name, args) {
    const child = spawn(process.execPath, [BIN, name, ...args, '--json'], { cwd: root });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (part) => (stdout += part));
    child.stderr.on('data', (part) => (stderr += part));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        const line = stdout.trim().split('\n').at(-1);
        resolve({ name, code, answer: line ? JSON.parse(line) : {}, said: stderr });
      });
    });
  }
}

/** The answer of a command that had to succeed. */
export function must({ name, code, answer, said }) {
  if (code === 0) return answer;
  throw new Error(`gondola ${name} ended with ${code}: ${said}`);
}

function recordOf({ key, subject, event, timeMs }) {
  const contract = registry.contractOf(subject);
  if (!contract) throw new Error(`no contract ${subject}`);
  return { key: Buffer.from(key), value: encodeAvro(contract, event), timestampMs: timeMs };
}
