import { decodeSums, encodeSums, type Engine, type Model, type SumsRecord } from '@gondola/detect';
import type { EventBatch, Receipt, Signal } from '@gondola/events';
import type { StateCopy } from '@gondola/sink-lake';
import {
  indexFrom,
  inTurns,
  positionAt,
  SetupError,
  type KnownTexts,
  type Position,
  type RecordBatch,
} from '@gondola/stream';
import { bothCopies } from './both-copies.js';
import { CatalogPromotions } from './catalog-promotions.js';
import type { PartitionFindings } from './detect.pipeline.js';
import type { Mark } from './marks.js';
import type { Rivals } from './model-source.js';
import type { Outside } from './outside.js';
import type { PromotedItem } from './promoted-items.js';
import { inRecordOrder, rowsBetween, type PlacedStore, type RecordPart } from './record-order.js';
import { modelSection, promotedSection } from './state-sections.js';
import type { Shadow } from './shadow.js';

/** That hours are ended for before others have their turn: trees score as many in about 40 ms. */
export const SHELVES_AT_ONCE = 4_000;

/** Where an engine stands when its partition becomes ours. */
export interface DetectionStart {
  readonly engine: Engine;
  readonly outside: Outside;
  /** Of the next record it has not seen. */
  readonly position: Position;
  /** Up to here its signals are published, and these marks were made: see `Mark`. */
  readonly until: Position;
  readonly marks: readonly Mark[];
  /** Those that marks name, by hash. */
  readonly models: ReadonlyMap<string, Model>;
  /** Items whose promotions the catalog had told by then; left out: none. */
  readonly promoted?: readonly string[];
  readonly shadow: (model: Model) => Shadow;
  /** What all signals of this detection have in their receipts. */
  readonly made: MadeBy;
}

export type MadeBy = Pick<Receipt, 'stream' | 'setup' | 'software'>;

/** What detectors tell each other of their stores. */
export interface SumsBetween {
  /** Names a partition among all that are told of. */
  readonly senderOf: (partition: string) => string;
  /** What was told so far. */
  readonly told: () => readonly SumsRecord[];
}

/** One partition's engine, what it is told from outside, and the replay that brings it to where it was. */
export class PartitionDetection {
  readonly engine: Engine;
  private readonly outside: Outside;
  private position: Position;
  /** Sums that were heard and are not told to the engine yet: that is done between batches, never during a commit. */
  private heard: SumsRecord[] = [];
  private replay: { readonly marks: Mark[]; readonly until: Position } | null;
  private shadow: Shadow | null = null;
  private readonly promotions: CatalogPromotions;
  /** A batch is being applied, in turns with others; stores are to be placed after it. */
  private isRunning = false;
  private isPlacingDue = false;
  /** Ticked shelves that findings were told of. */
  private toldShelves = 0;

  constructor(
    private readonly partition: string,
    private readonly start: DetectionStart,
    private readonly note: (mark: Mark) => void,
    private readonly sums: SumsBetween,
    private readonly shelvesAtOnce = SHELVES_AT_ONCE,
  ) {
    ({ engine: this.engine, outside: this.outside, position: this.position } = start);
    this.promotions = new CatalogPromotions(start.promoted ?? [], (item) => this.setPromotion(item));
    this.replay = { marks: [...start.marks], until: start.until };
    if (start.until === this.position && start.marks.length === 0) this.goLive();
  }

  /**
   * One call at a time; until it is done nothing but `hear` and `placeStores` may be called. `known`: texts of the batches before,
   * where there are any.
   */
  async run(
    batches: readonly EventBatch[],
    records: RecordBatch,
    known?: KnownTexts,
  ): Promise<PartitionFindings[]> {
    this.isRunning = true;
    const found = await this.take(batches, records, known);
    this.isRunning = false;
    if (this.isPlacingDue) this.placeStores();
    return found;
  }

  private async take(
    batches: readonly EventBatch[],
    records: RecordBatch,
    known?: KnownTexts,
  ): Promise<PartitionFindings[]> {
    const apply = (from: number, end: number) =>
      this.apply(inRecordOrder(rowsBetween(batches, records.count, from, end), known), records);
    const out: PartitionFindings[] = [];
    let from = 0;
    while (this.replay) {
      const next = this.replay.marks.at(0)?.at ?? this.replay.until;
      const end = indexFrom(records, next);
      out.push(this.replayed(await apply(from, end)));
      from = end;
      this.position = records.nextPosition < next ? records.nextPosition : next;
      if (records.nextPosition < next) return out;
      out.push(this.replayed(this.passMark()));
    }
    this.tellSums();
    const signals = await apply(from, records.count);
    const facts = this.outside.takeNew();
    if (facts) this.note({ at: this.position, kind: 'facts', facts });
    this.position = records.nextPosition;
    return [...out, this.findings(signals)];
  }

  /** Everything in the stream was read: so was what is to be replayed. */
  finishReplay(): PartitionFindings[] {
    if (!this.replay) return [];
    const out: PartitionFindings[] = [];
    while (this.replay) out.push(this.replayed(this.passMark()));
    return [...out, this.findings([])];
  }

  /** Goes on with these models, from the next record on; a replay with those of its time. */
  use({ champion, challenger }: Rivals): void {
    if (this.replay) return;
    const isNew = champion !== this.engine.model;
    if (isNew) {
      this.engine.useModel(champion);
      this.note({ at: this.position, kind: 'model', hash: champion.hash });
    }
    if (!isNew && (this.shadow?.model ?? null) === challenger) return;
    this.shadow?.end();
    this.shadow = challenger && this.start.shadow(challenger);
  }

  /** The clock moves silent stores on, about so many shelves at a time. */
  advance(nowMs: number, shelvesMax = Infinity): PartitionFindings | null {
    this.tellSums();
    const { ticks, looks } = this.engine.counts;
    const signals = this.engine
      .advance(nowMs, shelvesMax)
      .map((signal) => this.withReceipt(signal, this.position, nowMs));
    this.shadow?.advance(nowMs, shelvesMax);
    // A look within the hour may signal too, and changes what the next one sees.
    if (this.engine.counts.ticks === ticks && this.engine.counts.looks === looks) return null;
    this.note({ at: this.position, kind: 'clock', nowMs, ...(shelvesMax < Infinity && { shelvesMax }) });
    const found = this.findings(signals);
    return found.signals.length + found.incidents.length + found.sums.length > 0 ? found : null;
  }

  /** What another partition's stores said; its own are known, and a replay is told what it was told. */
  hear(record: SumsRecord): void {
    if (!this.replay && record.sender !== this.sums.senderOf(this.partition)) this.heard.push(record);
  }

  private tellSums(): void {
    for (const record of this.heard.splice(0)) {
      this.shadow?.hear(record);
      if (this.engine.addSums(record)) {
        const bytes = Buffer.from(encodeSums(record));
        this.note({ at: this.position, kind: 'sums', record: bytes.toString('base64') });
      }
    }
  }

  /** The catalog says of some stores that they are elsewhere. */
  placeStores(): void {
    this.isPlacingDue = this.isRunning;
    // At the end of a replay they are looked for anyway.
    if (!this.isRunning && !this.replay) this.placeNow();
  }

  private placeNow(): void {
    const storeIds = this.engine.placeStores();
    this.shadow?.placeStores();
    const facts = this.outside.takeNew() ?? {};
    if (storeIds.length > 0) this.note({ at: this.position, kind: 'place', facts, storeIds });
    else if (facts.places) this.note({ at: this.position, kind: 'facts', facts });
    const items = this.promotions.takeNew(this.outside.promotions());
    if (items.length > 0) this.note({ at: this.position, kind: 'promotions', items });
  }

  private setPromotion({ itemId, promotion }: PromotedItem): boolean {
    this.shadow?.setPromotion(itemId, promotion);
    return this.engine.setPromotion(itemId, promotion);
  }

  /** Tells what is left to be told at the end of what is read, and goes no further. */
  passMarks(): PartitionFindings[] {
    const out: PartitionFindings[] = [];
    while (this.replay && this.replay.marks.length > 0) out.push(this.replayed(this.passMark()));
    return out;
  }

  get isReplaying(): boolean {
    return this.replay !== null;
  }

  copy(): StateCopy {
    this.outside.forget();
    const sections = [modelSection(this.engine.model.hash), promotedSection(this.promotions.itemIds)];
    return bothCopies({ next: () => sections.shift() ?? null, stop: () => {} }, this.engine.copy());
  }

  private passMark(): Signal[] {
    const mark = this.replay?.marks.shift();
    if (mark) return this.applyMark(mark);
    this.goLive();
    return [];
  }

  private applyMark(mark: Mark): Signal[] {
    switch (mark.kind) {
      case 'clock':
        return this.engine
          .advance(mark.nowMs, mark.shelvesMax)
          .map((signal) => this.withReceipt(signal, mark.at, mark.nowMs));
      case 'place':
        this.outside.tell(mark.facts);
        this.engine.placeStores(mark.storeIds);
        return [];
      case 'facts':
        this.outside.tell(mark.facts);
        return [];
      case 'promotions':
        for (const fact of mark.items) this.promotions.tell(fact);
        return [];
      case 'sums': {
        const record = decodeSums(Buffer.from(mark.record, 'base64'));
        if (record) this.engine.addSums(record);
        return [];
      }
      case 'model':
        this.replayModel(mark.hash);
        return [];
      case 'setup':
        return [];
    }
  }

  /** One that is gone leaves the one before: the end of the replay tells whether that made a difference. */
  private replayModel(hash: string): void {
    const model = this.start.models.get(hash);
    if (model) this.engine.useModel(model);
  }

  private goLive(): void {
    this.replay = null;
    this.outside.live();
    this.placeNow();
    for (const record of this.sums.told()) this.hear(record);
  }

  private async apply(parts: readonly RecordPart[], records: RecordBatch): Promise<Signal[]> {
    const signals: Signal[] = [];
    for (const part of parts) {
      if (part.kind === 'store') this.placeStore(part.store);
      else if (part.kind === 'item') this.setPromotion(part.item);
      else {
        const made = await inTurns(this.engine.applyInPieces(part.events, this.shelvesAtOnce));
        const recordOf = (at: number) => part.records[this.engine.causedBy[at]];
        for (const [at, signal] of made.entries())
          signals.push(this.withReceipt(signal, positionAt(records, recordOf(at)), null));
        if (this.shadow) await inTurns(this.shadow.applyInPieces(part.events, this.shelvesAtOnce));
      }
    }
    return signals;
  }

  /** It is numbered when the table takes it. */
  private withReceipt(signal: Signal, position: Position, clockMs: number | null): Signal {
    const { start, partition, engine } = this;
    const place = { partition, position: `${position}`, clockMs, ordinal: 0 };
    return { ...signal, receipt: { ...start.made, ...place, modelHash: engine.model.hash } };
  }

  private placeStore({ storeId, ...place }: PlacedStore): void {
    try {
      this.engine.setStore(storeId, place);
      this.shadow?.setStore(storeId, place);
    } catch (error) {
      // A zone that this machine does not know: the store keeps the one it had.
      if (!(error instanceof SetupError)) throw error;
    }
  }

  private replayed(signals: readonly Signal[]): PartitionFindings {
    return { ...this.findings(signals), isReplayed: true };
  }

  private findings(signals: readonly Signal[]): PartitionFindings {
    const { engine, partition } = this;
    const sums = engine.takeSums(this.sums.senderOf(partition));
    const { tickedShelves } = engine.counts;
    const scoredShelves = tickedShelves - this.toldShelves;
    this.toldShelves = tickedShelves;
    return { partition, signals, scoredShelves, incidents: engine.takeIncidents(), sums };
  }
}
