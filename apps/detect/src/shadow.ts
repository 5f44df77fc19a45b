import {
  Engine,
  type EngineOptions,
  type Look,
  type Model,
  type SumsRecord,
  type TickView,
} from '@gondola/detect';
import type { ShelfEvents } from '@gondola/events';
import type { Outcome, Outcomes } from './outcomes.js';

/** What a model said of a shelf at the last tick before somebody looked. */
interface Belief extends Look {
  readonly probability: number;
}

/** Notes what a model believed whenever somebody looked. */
class Witness {
  /** Store -> P(out) of each of its shelves, as of its last tick. */
  private readonly said = new Map<string, Float32Array>();
  private beliefs: Belief[] = [];

  readonly onTick = ({ storeId, count, probabilityOf }: TickView): void => {
    let said = this.said.get(storeId);
    if (!said || said.length < count)
      this.said.set(storeId, (said = new Float32Array(Math.ceil(count * 1.25)).fill(NaN)));
    for (let row = 0; row < count; row++) said[row] = probabilityOf(row);
  };

  readonly onLook = (look: Look): void => {
    this.beliefs.push({ ...look, probability: this.said.get(look.storeId)?.[look.row] ?? NaN });
  };

  take(): readonly Belief[] {
    const { beliefs } = this;
    this.beliefs = [];
    return beliefs;
  }
}

/**
 * A challenger beside the engine of one partition: a second engine that is shown the same and says nothing. It begins as a
 * copy of the first and is not kept: after a restart it begins anew.
 */
export class Shadow {
  private readonly engine: Engine;
  private readonly witnesses = { champion: new Witness(), challenger: new Witness() };

  constructor(
    private readonly champion: Engine,
    readonly model: Model,
    options: Omit<EngineOptions, 'model'>,
    private readonly outcomes: Outcomes,
  ) {
    const { onTick, onLook } = this.witnesses.challenger;
    const silent = { ...options, model, signals: false, onTick, onLook };
    this.engine = Engine.fromBytes(champion.toBytes(), silent);
    champion.watch(this.witnesses.champion);
  }

  /** After the champion was shown the same. */
  *applyInPieces(events: ShelfEvents, shelvesMax: number): Generator<void, void, void> {
    yield* this.engine.applyInPieces(events, shelvesMax);
    this.engine.takeSums(null);
    this.compare();
  }

  advance(nowMs: number, shelvesMax: number): void {
    this.engine.advance(nowMs, shelvesMax);
    this.engine.takeSums(null);
  }

  setStore(...place: Parameters<Engine['setStore']>): void {
    this.engine.setStore(...place);
  }

  /** What another partition's stores said. */
  hear(record: SumsRecord): void {
    this.engine.addSums(record);
  }

  placeStores(): void {
    this.engine.placeStores();
  }

  end(): void {
    this.champion.watch(null);
  }

  /** Both have seen the same looks in the same order. */
  private compare(): void {
    const challenger = this.witnesses.challenger.take();
    const outcomes = this.witnesses.champion.take().flatMap((mine, at): Outcome[] => {
      const { storeId, itemId, atMs, units, probability } = mine;
      const theirs = challenger[at].probability;
      if (Number.isNaN(probability) || Number.isNaN(theirs)) return [];
      return [{ storeId, itemId, atMs, isOut: units <= 0, champion: probability, challenger: theirs }];
    });
    this.outcomes.add({ champion: this.champion.model.hash, challenger: this.model.hash }, outcomes);
  }
}
