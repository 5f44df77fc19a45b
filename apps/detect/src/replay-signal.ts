import { Engine } from '@gondola/detect';
import type { EventBatch, Receipt, Signal } from '@gondola/events';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { readTrail, type TrailDeps } from '@gondola/sink-lake';
import { GondolaError, POSITION_END, type Position, type RecordBatch } from '@gondola/stream';
import { createDedupeStage, createValidateStage } from '@gondola/validate';
import type { PartitionFindings } from './detect.pipeline.js';
import { markOfText, type Mark } from './marks.js';
import { ModelRegistry } from './model-registry.js';
import { Outside } from './outside.js';
import { PartitionDetection } from './partition-detection.js';
import { sortSections } from './state-sections.js';
import { loadSetup } from './setup.js';
import { ShelfInputs, type ShelfInput } from './shelf-inputs.js';
import { SOFTWARE } from './software.js';

/** From where a signal is reached again. */
export interface ReplayStart {
  readonly kind: 'beginning' | 'snapshot';
  /** Of the first record to be read. */
  readonly position: Position;
  readonly setup: string;
  /** Signals before it. */
  readonly ordinal: number;
  /** Null at the beginning. */
  readonly sections: readonly Uint8Array[] | null;
  readonly marks: readonly Mark[];
}

export interface SignalReplayDeps extends TrailDeps {
  readonly registry: SchemaRegistry;
  /** Records of the receipt's partition in the order of their positions, from one position to before another. */
  readonly read: (from: Position, to: Position) => AsyncIterable<RecordBatch>;
}

export interface ReplayedSignal {
  /** Null: it is not made again. */
  readonly signal: Signal | null;
  /** What the shelf's own events said last, oldest first. */
  readonly inputs: readonly ShelfInput[];
  readonly records: number;
}

/** The newest snapshot if it lies before the signal and `fromStart` is false, else where detection began. Throws `input_invalid`. */
export async function replayStart(
  deps: TrailDeps,
  { stream, partition, ordinal, position }: Receipt,
  fromStart: boolean,
): Promise<ReplayStart> {
  const { beginsAt, marks, snapshot } = await readTrail(deps, stream, partition);
  if (snapshot && !fromStart && snapshot.signals <= ordinal && snapshot.position <= BigInt(position))
    return {
      kind: 'snapshot',
      ...{ position: snapshot.position, setup: snapshot.setup, ordinal: Number(snapshot.signals) },
      sections: await snapshot.sections(),
      marks: snapshot.marks.map(markOfText),
    };
  const [first, ...rest] = marks.map(markOfText);
  if (beginsAt !== null && first?.kind === 'setup')
    return {
      kind: 'beginning',
      ...{ position: beginsAt, setup: first.hash, ordinal: 0, sections: null, marks: rest },
    };
  throw new GondolaError(
    'input_invalid',
    `the lake does not have what detection of ${stream}/${partition} was told at its beginning: ` +
      'a version that kept no history began it, or its history was deleted with the bronze of that time',
    false,
  );
}

/**
 * Makes a signal again: the same stages read the same records, told the same at the same places. Throws what is missing:
 * `input_invalid` for settings, `model_invalid` for a model.
 */
export async function replaySignal(
  deps: SignalReplayDeps,
  wanted: Pick<Signal, 'signalId' | 'storeId' | 'itemId'> & { readonly receipt: Receipt },
  start: ReplayStart,
): Promise<ReplayedSignal> {
  const { receipt } = wanted;
  const position = BigInt(receipt.position);
  const end = receipt.clockMs === null ? position + 1n : position;
  const parts = partsOf(start, receipt);
  const found = new Found(wanted.signalId, receipt.ordinal, start.ordinal);
  const inputs = new ShelfInputs(wanted.storeId, wanted.itemId);
  const outside = new Outside(NO_CATALOG);
  let sections = start.sections;
  let records = 0;
  for (const [at, part] of parts.entries()) {
    const again = await beginAgain(deps, { receipt, part, sections, outside });
    for await (const batch of deps.read(part.from, parts[at + 1]?.from ?? end)) {
      const events = await again.judge(batch);
      inputs.see(events, batch);
      found.see(await again.detection.run(events, batch));
      records += batch.count;
    }
    found.see(again.detection.passMarks());
    if (at + 1 < parts.length) sections = again.sections();
  }
  return { signal: found.signal(parts.length > 1), inputs: inputs.last(), records };
}

/** Nothing is asked: everything that the catalog said then is among the marks. */
const NO_CATALOG = {
  timeZoneOf: () => undefined,
  cityOf: () => undefined,
  hoursOf: () => undefined,
  categoryOf: () => undefined,
};

/** Records that were read with the same settings. */
interface Part {
  readonly from: Position;
  readonly setup: string;
  readonly marks: Mark[];
}

/** Settings that a later restart had are not those of this signal, though they may begin before it: see `Mark`. */
function partsOf({ position, setup, marks }: ReplayStart, receipt: Receipt): readonly Part[] {
  const parts: Part[] = [{ from: position, setup, marks: [] }];
  for (const mark of marks) {
    if (mark.at > BigInt(receipt.position)) continue;
    if (mark.kind !== 'setup') parts[parts.length - 1].marks.push(mark);
    else if (mark.signals <= receipt.ordinal) parts.push({ from: mark.at, setup: mark.hash, marks: [] });
  }
  return parts;
}

interface Begun {
  readonly receipt: Receipt;
  readonly part: Part;
  readonly sections: readonly Uint8Array[] | null;
  readonly outside: Outside;
}

/** Detection as a restart makes it, from what a snapshot there would hold. */
async function beginAgain(
  { store, environment, registry }: SignalReplayDeps,
  { receipt: { stream, partition }, part, sections, outside }: Begun,
) {
  const setup = await loadSetup(store, environment, part.setup);
  const { detection: config, dedupe: window, futureMsMax, defaultSubject } = setup;
  const validate = createValidateStage({ registry, defaultSubject, futureMsMax, environment });
  const dedupe = createDedupeStage({ windowMs: window.windowHours * 3_600_000, remember: async () => {} });
  for (const stage of [validate, dedupe]) await stage.assigned?.(new Map([[partition, part.from]]));
  const kept = sections && sortSections(sections);
  if (kept) dedupe.restore(partition, kept.seen);

  const hash = kept?.modelHash ?? setup.model;
  const lake = new ModelRegistry(store, environment);
  const model = await lake.load(hash);
  const models = new Map([[hash, model]]);
  for (const mark of part.marks)
    if (mark.kind === 'model' && !models.has(mark.hash)) models.set(mark.hash, await lake.load(mark.hash));

  const { timeZoneOf, cityOf, hoursOf, categoryOf } = outside;
  const catalog = setup.hasCatalog ? { timeZoneOf, cityOf, hoursOf, categoryOf } : {};
  const options = { environment, config, model, ...catalog };
  const detection = new PartitionDetection(
    partition,
    {
      engine: kept ? Engine.fromSections(kept.shelves, options) : new Engine(options),
      // It never goes live: nobody would answer it.
      ...{ outside, position: part.from, until: POSITION_END, marks: part.marks, models },
      made: { stream, setup: part.setup, software: SOFTWARE },
      shadow: () => {
        throw new Error('nobody challenges in a replay');
      },
    },
    () => {},
    { senderOf: (name) => `${environment}/${stream}/${name}`, told: () => [] },
  );
  return {
    detection,
    async judge(records: RecordBatch): Promise<readonly EventBatch[]> {
      const valid = await validate.run(records, { records, rejected: [], nowMs: 0 });
      return (await dedupe.run(valid.value, { records, rejected: valid.rejected, nowMs: 0 })).value;
    },
    sections(): Uint8Array[] {
      const all: Uint8Array[] = [];
      for (const copy of [dedupe.copy(partition), detection.copy()])
        for (let next = copy.next(); next; next = copy.next()) all.push(next);
      return all;
    },
  };
}

/** Looks for the signal among all that are made. */
class Found {
  private readonly all: Signal[] = [];

  constructor(
    private readonly signalId: string,
    private readonly ordinal: number,
    private next: number,
  ) {}

  see(findings: readonly PartitionFindings[]): void {
    for (const { signals } of findings)
      for (const signal of signals) {
        const ordinal = this.next++;
        const { receipt } = signal;
        if (signal.signalId === this.signalId && receipt)
          this.all.push({ ...signal, receipt: { ...receipt, ordinal } });
      }
  }

  /** After settings changed, signals that stood were not made again: numbers say nothing. */
  signal(isRenumbered: boolean): Signal | null {
    const last = this.all.find(({ receipt }) => receipt?.ordinal === this.ordinal) ?? this.all.at(-1);
    if (!last?.receipt || !isRenumbered) return last ?? null;
    return { ...last, receipt: { ...last.receipt, ordinal: this.ordinal } };
  }
}
