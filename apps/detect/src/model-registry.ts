import { randomUUID } from 'node:crypto';
import { modelText, parseModel, type Model } from '@gondola/detect';
import { GondolaError, SetupError, type ObjectStore } from '@gondola/stream';
import { z } from 'zod';

const HASH = /^[0-9a-f]{64}$/;
const hashField = z.string().regex(HASH);
/** Names of the log sort as their numbers do. */
const DIGITS = 12;

const entrySchema = z.object({
  /** 1, 2, 3, ...; the newest entry is what holds. */
  number: z.int().min(1),
  /** Unlike that of any other writer: tells a writer of unknown fate whose entry stands there. */
  id: z.string(),
  at: z.iso.datetime(),
  action: z.enum(['promote', 'rollback', 'challenge', 'retire']),
  champion: hashField.nullable(),
  challenger: hashField.nullable(),
});

/** One decision about the models of an environment, and what holds since. */
export type ModelDecision = z.infer<typeof entrySchema>;

/**
 * The models of one environment, in its lake: `_models/<hash>.json` are files, never changed, and
 * `_models/log/<number>.json` the decisions, each created once: of two operators who decide at the same time one is told.
 */
export class ModelRegistry {
  private readonly folder: string;

  constructor(
    private readonly store: ObjectStore,
    environment: string,
  ) {
    this.folder = `${environment}/_models`;
  }

  /** Keeps a model's file. Throws `model_invalid` when it is not one that this version can use. */
  async add(text: string): Promise<Model> {
    const model = parseModel(text);
    await this.store.putIfAbsent(this.pathOf(model.hash), Buffer.from(text));
    return model;
  }

  /** Keeps the file of a model that was read already. */
  async keep(model: Model): Promise<void> {
    await this.store.putIfAbsent(this.pathOf(model.hash), Buffer.from(modelText(model)));
  }

  /** Throws `model_invalid` when there is none of that hash, or what lies there is not it. */
  async load(hash: string): Promise<Model> {
    const bytes = await this.store.get(this.pathOf(hash));
    if (!bytes) throw new SetupError('model_invalid', `the lake has no model ${hash}`);
    const model = parseModel(Buffer.from(bytes).toString('utf8'));
    if (model.hash === hash) return model;
    throw new SetupError('model_invalid', `${this.pathOf(hash)} holds the model ${model.hash}`);
  }

  async hashes(): Promise<readonly string[]> {
    const found = await this.store.list(this.folder);
    return found
      .map(({ path }) => path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, ''))
      .filter((name) => HASH.test(name));
  }

  /** The one model whose hash begins so. Throws `input_invalid` when there is none, or more than one. */
  async find(prefix: string): Promise<string> {
    const found = (await this.hashes()).filter((hash) => hash.startsWith(prefix));
    if (found.length === 1 && prefix.length > 0) return found[0];
    const why =
      found.length === 0
        ? `no model of this lake begins with ${prefix}: models list shows them`
        : `${found.length} models of this lake begin with ${prefix || '(nothing)'}: give more digits`;
    throw new GondolaError('input_invalid', why, false);
  }

  /** Decisions after number `after`, oldest first. Throws `lake_corrupt` naming one that cannot be read. */
  async decisions(after = 0): Promise<readonly ModelDecision[]> {
    const found = await this.store.list(`${this.folder}/log`, after > 0 ? nameOf(after) : undefined);
    return Promise.all(found.map(({ path }) => this.read(path)));
  }

  /** Makes `hash` the champion; it is no challenger any more. */
  promote(hash: string, nowMs: number): Promise<ModelDecision> {
    return this.decide('promote', nowMs, ({ challenger }) => ({
      champion: hash,
      challenger: challenger === hash ? null : challenger,
    }));
  }

  /**
   * Makes the champion before the present one champion again; before the first it was the file that detect was given: null.
   * Throws `input_invalid` when that is what scores.
   */
  rollback(nowMs: number): Promise<ModelDecision> {
    return this.decide('rollback', nowMs, ({ challenger }, before) => {
      const champions = championsOf(before);
      if (champions.length > 0) return { champion: champions.at(-2) ?? null, challenger };
      const why =
        'the file that detect was given scores, and no model of this lake before it: nothing to roll back';
      throw new GondolaError('input_invalid', why, false);
    });
  }

  /** Lets a model score beside the champion; null: nobody any more. */
  challenge(hash: string | null, nowMs: number): Promise<ModelDecision> {
    return this.decide(hash === null ? 'retire' : 'challenge', nowMs, ({ champion, challenger }) => {
      if (hash === null && challenger === null)
        throw new GondolaError('input_invalid', 'nobody challenges the champion: nothing to retire', false);
      if (hash !== null && hash === champion)
        throw new GondolaError('input_invalid', `${hash} is the champion`, false);
      return { champion, challenger: hash };
    });
  }

  private async decide(
    action: ModelDecision['action'],
    nowMs: number,
    next: (
      now: Pick<ModelDecision, 'champion' | 'challenger'>,
      before: readonly ModelDecision[],
    ) => Pick<ModelDecision, 'champion' | 'challenger'>,
  ): Promise<ModelDecision> {
    const before = await this.decisions();
    const now = before.at(-1) ?? { number: 0, champion: null, challenger: null };
    const decision: ModelDecision = {
      number: now.number + 1,
      id: randomUUID(),
      at: new Date(nowMs).toISOString(),
      action,
      ...next(now, before),
    };
    const path = `${this.folder}/log/${nameOf(decision.number)}`;
    if (await this.store.putIfAbsent(path, Buffer.from(`${JSON.stringify(decision)}\n`))) return decision;
    throw new GondolaError(
      'commit_conflict',
      `somebody else decided about the models of this lake at the same time (${path}): look again (models list)`,
      true,
    );
  }

  private async read(path: string): Promise<ModelDecision> {
    const bytes = await this.store.get(path);
    const corrupt = (cause: unknown) =>
      new GondolaError('lake_corrupt', `${path} is no decision about models`, false, { cause });
    try {
      return entrySchema.parse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8')));
    } catch (cause) {
      throw corrupt(cause);
    }
  }

  private pathOf(hash: string): string {
    return `${this.folder}/${hash}.json`;
  }
}

const nameOf = (number: number) => `${String(number).padStart(DIGITS, '0')}.json`;

/** Champions in their order, those that were rolled back left out; the last one is champion now. */
export function championsOf(decisions: readonly ModelDecision[]): string[] {
  const champions: string[] = [];
  for (const { action, champion } of decisions) {
    if (action === 'rollback') champions.pop();
    if (action === 'promote' && champion !== null && champion !== champions.at(-1)) champions.push(champion);
  }
  return champions;
}
