import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type RecordSink } from '@gondola/stream';
import { lakeDigests } from '../crash/lake-rows.js';
import { saleRecords } from '../crash/sale-records.js';
import { ROOT, runGondola, startGondola, type Running } from '../run-gondola.js';

/** What a broker must offer so that several instances of ingest can share one of its streams. */
export interface ScaleOutBroker {
  /** The field `stream` of ingest's configuration. */
  streamConfig(stream: string): object;
  createStream(partitions: number): Promise<string>;
  sink(stream: string): Promise<RecordSink>;
  /** For ingest's process. */
  readonly env?: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export interface ScaleOutOptions {
  readonly partitions: number;
  /** How long an instance is frozen: longer than the broker waits before it gives its partitions away. */
  readonly freezeMs: number;
}

const SCHEMAS = join(ROOT, 'test/perf/schemas');
const READING = /"partitions":(\d+),"msg":"reading/g;
const WAIT_MS_MAX = 90_000;
/** Of 5,000 records: what two cores and a stand-in of a broker carry beside three instances that start. */
const BATCH_EVERY_MS = 2_000;
/** Far more than are sent until the test is done. */
const RECORDS_MAX = 3_000_000;

/**
 * Ingest as a platform runs it: instances come, go and freeze while records arrive, and at the end the lake holds what a
 * single undisturbed instance would have written.
 */
export function describeScaleOut(
  name: string,
  start: () => Promise<ScaleOutBroker>,
  { partitions, freezeMs }: ScaleOutOptions,
): void {
  describe(`${name}: instances of ingest that share a stream`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'gondola-scale-out-'));
    const running = new Set<Running>();
    let broker: ScaleOutBroker;
    beforeAll(async () => {
      broker = await start();
    }, 120_000);
    afterAll(async () => {
      for (const { child } of running) child.kill('SIGKILL');
      await broker.close();
      rmSync(folder, { recursive: true });
    }, 120_000);

    function argsOf(stream: string, lake: string, ...more: string[]): string[] {
      const path = join(folder, `${lake}.json`);
      const keyFile = join(folder, 'masking.key');
      writeFileSync(keyFile, 'a key of thirty-two bytes or more, for this test');
      const config = {
        environment: 'dev',
        lake: join(folder, lake),
        schemas: SCHEMAS,
        stream: { name: stream, ...broker.streamConfig(stream) },
        defaultSubject: 'pos.event',
        masking: { keyFile },
        flush: { ageMsMax: 1_000 },
        http: { port: 0 },
      };
      writeFileSync(path, JSON.stringify(config));
      return ['ingest', '--config', path, ...more];
    }

    function startInstance(stream: string): Running {
      const instance = startGondola(argsOf(stream, 'shared'), broker.env);
      running.add(instance);
      void instance.ended.then(() => running.delete(instance));
      return instance;
    }

    /** Sends until told to stop; resolves with how many. */
    async function feed(stream: string, stop: AbortSignal): Promise<number> {
      const sink = await broker.sink(stream);
      let sent = 0;
      for (const records of saleRecords(SCHEMAS, RECORDS_MAX)) {
        if (stop.aborted) break;
        await sink.append(records);
        sent += records.length;
        await systemClock.sleep(BATCH_EVERY_MS, stop);
      }
      return sent;
    }

    /** Resolves with the instances that are left. */
    async function comeAndGo(stream: string): Promise<readonly Running[]> {
      const one = startInstance(stream);
      await untilShared([one], partitions);
      const two = startInstance(stream);
      await untilShared([one, two], partitions);
      const three = startInstance(stream);
      await untilShared([one, two, three], partitions);

      three.child.kill('SIGTERM');
      expect(await three.ended).toMatchObject({ code: 0 });
      await untilShared([one, two], partitions);

      two.child.kill('SIGSTOP');
      await systemClock.sleep(freezeMs);
      await untilShared([one], partitions);
      two.child.kill('SIGCONT');
      await untilShared([one, two], partitions);
      return [one, two];
    }

    it(
      'two, three, then two again, one of them frozen until it is a zombie: nothing is lost or written twice',
      async () => {
        const stream = await broker.createStream(partitions);
        const stop = new AbortController();
        const fed = feed(stream, stop.signal);
        const left = await comeAndGo(stream).finally(() => stop.abort());
        const sent = await fed;
        for (const { child } of left) child.kill('SIGTERM');
        for (const { ended } of left) expect(await ended).toMatchObject({ code: 0 });
        // What nobody had read yet, and the same stream again into a lake of its own.
        for (const lake of ['shared', 'calm']) {
          const ended = await runGondola(
            argsOf(stream, lake, '--once'),
            broker.env ? { env: broker.env } : {},
          );
          expect(ended).toMatchObject({ code: 0 });
        }
        const expected = await lakeDigests(join(folder, 'calm'), 'dev');
        expect(expected.get(`bronze/${stream}`)?.rows).toBe(sent);
        expect(await lakeDigests(join(folder, 'shared'), 'dev')).toEqual(expected);
      },
      freezeMs + 10 * 60_000,
    );
  });
}

/** Partitions that the instance said it reads, last. */
function assignedTo({ output }: Running): number {
  return Number([...output().matchAll(READING)].at(-1)?.[1] ?? 0);
}

/** Until these instances and nobody else read all partitions, each of them some. */
async function untilShared(instances: readonly Running[], partitions: number): Promise<void> {
  const deadlineMs = systemClock.nowMs() + WAIT_MS_MAX;
  const isShared = () => {
    const counts = instances.map(assignedTo);
    return counts.every((count) => count > 0) && counts.reduce((sum, count) => sum + count, 0) === partitions;
  };
  while (!isShared()) {
    if (systemClock.nowMs() > deadlineMs)
      throw new Error(
        `not shared within ${WAIT_MS_MAX} ms: ${instances.map(assignedTo).join(' + ')} of ${partitions}\n` +
          instances.map(({ output }) => output().slice(-2_000)).join('\n---\n'),
      );
    await systemClock.sleep(50);
  }
}
