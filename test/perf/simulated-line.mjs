/** Made-up shops through detection as the line does it: Avro, validation, order of records, engine, clock. */
import { Engine } from '@gondola/detect';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { recordBatchOf } from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { inRecordOrder } from '../../apps/detect/dist/record-order.js';
import { SHIPPED } from '../../apps/gondola/dist/line.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const TIME_ZONE = 'America/Bogota';
/** Midnight of a Monday there. */
export const START_MS = Date.UTC(2026, 0, 5, 5);
export const OPENS_AT = 7;
export const OPEN_HOURS = 15;
/** A live line ticks an hour so long after its end. */
const TICK_LAG_MS = 6 * 60_000;

/**
 * Runs `days` days. `onTruth(hour, rows)` is given each hour's truth, `onTick(hour, view)` each tick of each store, `onSignals(signals, madeMs)`
 * what was raised, and at the end of which batch or hour, `onHour(hour, engine)` the engine after it; an hour is counted from START_MS. Events sent twice come once: the line's dedupe sees to that.
 * `told(event)` is what becomes of an event on its way, `also(fromMs, untilMs)` what others send.
 */
export function runSimulated(options) {
  const steps = simulatedSteps(options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in steps of a part of an hour: yields `{ nowMs, engine }` after each. */
export function* simulatedSteps({
  simulation: options,
  engine: engineOptions,
  days,
  only,
  onTruth,
  onTick,
  onSignals = () => {},
  onHour = () => {},
  told = (event) => [event],
  also = () => [],
  stepsAnHour = 1,
}) {
  const registry = loadEmbeddedRegistry(SHIPPED.schemas);
  const validate = createValidateStage({ registry, defaultSubject: null });
  const contracts = new Map(registry.contracts().map((contract) => [contract.subject, contract]));
  const hourOf = (ms) => Math.round((ms - START_MS) / HOUR_MS);
  const engine = new Engine({
    environment: 'bench',
    ...engineOptions,
    onTick: (view) => onTick?.(hourOf(view.startMs), view),
  });
  const simulation = createSimulation({ startMs: START_MS, timeZone: TIME_ZONE, ...options });
  const seen = new Set();
  let position = 0n;
  const stepMs = HOUR_MS / stepsAnHour;
  for (let step = 0; step < days * 24 * stepsAnHour; step++) {
    const hour = Math.floor(step / stepsAnHour);
    const nowMs = START_MS + (step + 1) * stepMs + TICK_LAG_MS;
    const { events, truth } = simulation.advanceTo(nowMs);
    const fresh = [...events.flatMap(told), ...also(nowMs - stepMs, nowMs)].filter(({ event, subject }) => {
      if (only && !only(subject)) return false;
      if (seen.has(event.eventId)) return false;
      seen.add(event.eventId);
      return true;
    });
    const records = fresh.map(({ subject, event, timeMs }) => ({
      key: null,
      value: encodeAvro(contracts.get(subject), event),
      timestampMs: timeMs,
    }));
    if (records.length > 0) {
      const { value, rejected } = validate.run(recordBatchOf('bench', '0', position, records));
      if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
      position += BigInt(records.length);
      for (const part of inRecordOrder(value)) {
        if (part.kind === 'events') onSignals(engine.apply(part.events), nowMs);
        else if (part.kind === 'store') engine.setStore(part.store.storeId, part.store);
      }
    }
    // The shops are closed, and what was late or sent twice has come.
    if (hour % 24 === 5) seen.clear();
    for (const [at, rows] of Map.groupBy(truth, (row) => hourOf(row.hourStartMs))) onTruth?.(at, rows);
    onSignals(engine.advance(nowMs), nowMs - TICK_LAG_MS);
    if ((step + 1) % stepsAnHour === 0) onHour(hour, engine);
    yield { nowMs, engine };
  }
  return { engine, simulation };
}
