import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '@gondola/stream';
import { z } from 'zod';

/** Rows that wait to be written; what comes when as many wait already is left out and counted. */
const WAITING_MAX = 50_000;
/** Kept back for so many, so that files are not tiny; the last ones are written at the end. */
const ROWS_AT_ONCE = 200;

const outcomeSchema = z.object({
  storeId: z.string(),
  itemId: z.string(),
  atMs: z.number(),
  isOut: z.boolean(),
  /** P(out) that each said at the end of the hour before. */
  champion: z.number(),
  challenger: z.number(),
});

/** What two models believed of a shelf when somebody looked, and what was found. */
export type Outcome = z.infer<typeof outcomeSchema>;

interface Bout {
  readonly champion: string;
  readonly challenger: string;
}

/**
 * Outcomes of champion and challenger, as JSON lines under `_models/outcomes/<champion>-<challenger>/`. They are measures:
 * what a killed process had not written is lost, and what it reads again stands there twice and counts once.
 */
export class Outcomes {
  private readonly waiting = new Map<string, Outcome[]>();
  private count = 0;
  leftOut = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly environment: string,
  ) {}

  add(bout: Bout, outcomes: readonly Outcome[]): void {
    if (outcomes.length === 0) return;
    if (this.count + outcomes.length > WAITING_MAX) {
      this.leftOut += outcomes.length;
      return;
    }
    const folder = folderOf(this.environment, bout);
    this.waiting.set(folder, [...(this.waiting.get(folder) ?? []), ...outcomes]);
    this.count += outcomes.length;
  }

  async write({ all = false }: { all?: boolean } = {}): Promise<void> {
    if (this.count < ROWS_AT_ONCE && !all) return;
    for (const [folder, outcomes] of [...this.waiting]) {
      this.waiting.delete(folder);
      this.count -= outcomes.length;
      const text = outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join('');
      await this.store.put(`${folder}/${randomUUID()}.jsonl`, Buffer.from(text));
    }
  }
}

/** Outcomes of two models, one for each look. */
export async function readOutcomes(store: ObjectStore, environment: string, bout: Bout): Promise<Outcome[]> {
  const looks = new Map<string, Outcome>();
  for (const { path } of await store.list(folderOf(environment, bout))) {
    const text = Buffer.from((await store.get(path)) ?? []).toString('utf8');
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const outcome = outcomeSchema.parse(JSON.parse(line));
      looks.set(JSON.stringify([outcome.storeId, outcome.itemId, outcome.atMs]), outcome);
    }
  }
  return [...looks.values()];
}

const folderOf = (environment: string, { champion, challenger }: Bout) =>
  `${environment}/_models/outcomes/${champion.slice(0, 16)}-${challenger.slice(0, 16)}`;
