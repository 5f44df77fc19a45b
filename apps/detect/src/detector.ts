import { Engine, type EngineOptions, type Look, type Model, type TickView } from '@gondola/detect';
import type { ShelfEvents, Signal } from '@gondola/events';
import type { Rivals } from './model-source.js';
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
 * The engine of one partition, and while there is a challenger a second one that sees the same and says nothing. The second
 * begins as a copy of the first and is not kept: after a restart it begins anew from the champion's state.
 */
export class Detector {
  private champion: Engine;
  private challenger: Engine | null = null;
  private witnesses: { readonly champion: Witness; readonly challenger: Witness } | null = null;
  private rivals: Rivals;

  /** `state`: the champion's, as `toBytes` gave it. */
  constructor(
    private readonly options: Omit<EngineOptions, 'model' | 'onTick' | 'onLook' | 'signals'>,
    private readonly outcomes: Outcomes,
    { model, state }: { model: Model; state: Uint8Array | null },
  ) {
    const seen: Pick<EngineOptions, 'onTick' | 'onLook'> = {
      onTick: (view) => this.witnesses?.champion.onTick(view),
      onLook: (look) => this.witnesses?.champion.onLook(look),
    };
    const all = { ...options, ...seen, model };
    this.champion = state ? Engine.fromBytes(state, all) : new Engine(all);
    this.rivals = { champion: model, challenger: null };
  }

  /** Goes on with these models; costs nothing while they stay the same. */
  use(rivals: Rivals): void {
    if (rivals === this.rivals) return;
    if (rivals.champion !== this.champion.model) this.champion.useModel(rivals.champion);
    const isSame = rivals.challenger === this.rivals.challenger && rivals.champion === this.rivals.champion;
    if (!isSame) this.challenge(rivals.challenger);
    this.rivals = rivals;
  }

  apply(events: ShelfEvents): Signal[] {
    const signals = this.champion.apply(events);
    this.challenger?.apply(events);
    this.compare();
    return signals;
  }

  advance(nowMs: number): Signal[] {
    this.challenger?.advance(nowMs);
    return this.champion.advance(nowMs);
  }

  setStore(...place: Parameters<Engine['setStore']>): void {
    this.champion.setStore(...place);
    this.challenger?.setStore(...place);
  }

  placeStores(): void {
    this.champion.placeStores();
    this.challenger?.placeStores();
  }

  get model(): Model {
    return this.champion.model;
  }

  get counts(): Engine['counts'] {
    return this.champion.counts;
  }

  checkedUntilMs(): number | null {
    return this.champion.checkedUntilMs();
  }

  toBytes(): Uint8Array {
    return this.champion.toBytes();
  }

  private challenge(model: Model | null): void {
    this.challenger = this.witnesses = null;
    if (!model) return;
    const witnesses = { champion: new Witness(), challenger: new Witness() };
    const { onTick, onLook } = witnesses.challenger;
    const all = { ...this.options, model, signals: false, onTick, onLook };
    this.challenger = Engine.fromBytes(this.champion.toBytes(), all);
    this.witnesses = witnesses;
  }

  /** Both have seen the same looks in the same order. */
  private compare(): void {
    if (!this.witnesses || !this.challenger) return;
    const challenger = this.witnesses.challenger.take();
    const outcomes = this.witnesses.champion.take().flatMap((mine, at): Outcome[] => {
      const { storeId, itemId, atMs, units, probability } = mine;
      const theirs = challenger[at].probability;
      if (Number.isNaN(probability) || Number.isNaN(theirs)) return [];
      return [{ storeId, itemId, atMs, isOut: units <= 0, champion: probability, challenger: theirs }];
    });
    const bout = { champion: this.champion.model.hash, challenger: this.challenger.model.hash };
    this.outcomes.add(bout, outcomes);
  }
}
