import type { SchemaRegistry } from '@gondola/schema-registry';
import { createSimulation, type SimulatedEvent } from '@gondola/simulate';
import type { Broker, Clock, Log, Service, ServiceHealth } from '@gondola/stream';
import { produce, untilTaken } from './producer.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface DemoOptions {
  readonly stores: number;
  readonly items: number;
  readonly seed: number;
  /** Days of the past that are sold as fast as it goes, so that detection knows the shelves. */
  readonly historyDays: number;
  /** Simulated seconds per second afterwards. */
  readonly speed: number;
}

export interface Demo extends Service {
  /** What time it is in the demo's shops. */
  readonly nowMs: () => number;
}

interface DemoDeps {
  readonly broker: Broker;
  readonly streamName: string;
  /** Makes the stream. */
  readonly prepare: () => Promise<void>;
  readonly registry: SchemaRegistry;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Shops that do not exist: sends their history, then goes on selling `speed` times as fast as the clock. The demo's time
 * follows what was sent, so that everybody downstream lives in it.
 */
export function createDemo(options: DemoOptions, deps: DemoDeps): Demo {
  const { clock, registry } = deps;
  const { stores, items, seed, historyDays, speed } = options;
  const liveFromMs = Math.floor(clock.nowMs() / HOUR_MS) * HOUR_MS;
  const startMs = liveFromMs - historyDays * DAY_MS;
  const simulation = createSimulation({
    seed,
    stores,
    items,
    startMs,
    timeZone: 'America/Bogota',
    saysPlaces: true,
  });
  const sink = deps.broker.sink(deps.streamName);
  const onRefused = (why: string) => deps.log.warn({}, why);
  let simulatedMs = startMs;
  let health: ServiceHealth = { state: 'starting', detail: 'selling the past days', sinceMs: clock.nowMs() };

  async function send(events: readonly SimulatedEvent[], signal: AbortSignal): Promise<void> {
    const records = events.map(({ key, subject, event, timeMs }) => ({
      key,
      subject,
      event,
      timeMs,
      encoding: 'avro' as const,
    }));
    await produce(records, {
      sink,
      registry,
      producerId: null,
      nowMs: () => simulatedMs,
      pace: async () => {},
      onProgress: () => {},
      onRefused,
      signal,
    });
  }

  async function run(signal: AbortSignal): Promise<void> {
    await untilTaken(deps.prepare, { signal, onRefused });
    while (!signal.aborted && simulatedMs < liveFromMs) {
      const untilMs = simulatedMs + HOUR_MS;
      // Time first: nobody may see an event of the demo's future.
      simulatedMs = untilMs;
      await send(simulation.advanceTo(untilMs).events, signal);
    }
    health = { state: 'healthy', detail: '', sinceMs: clock.nowMs() };
    const liveSinceMs = clock.nowMs();
    while (!signal.aborted) {
      await clock.sleep(250, signal);
      const untilMs = liveFromMs + (clock.nowMs() - liveSinceMs) * speed;
      simulatedMs = untilMs;
      await send(simulation.advanceTo(untilMs).events, signal);
    }
  }

  return { name: 'demo', run, health: () => health, nowMs: () => simulatedMs };
}
