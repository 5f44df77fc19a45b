import { signalOfRow, type Signal } from '@gondola/events';
import { positionOf, readDataFile, readSnapshot } from '@gondola/lake-delta';
import { openParquet, readCheckpoint, readParquet } from '@gondola/lake-parquet';
import { GondolaError, type ObjectStore, type Position } from '@gondola/stream';
import { StateFiles } from './state-files.js';
import { historyEntry, marksEntry, stateEntry } from './state-keeper.js';

export interface TrailDeps {
  readonly store: ObjectStore;
  readonly environment: string;
  readonly progress: (text: string) => void;
}

/** What the lake has of how detection of a partition came to where it is. */
export interface SignalTrail {
  /** Where it began; null: a version that kept no history began it, or the beginning is gone. */
  readonly beginsAt: Position | null;
  /** All that it was told, from there on. */
  readonly marks: readonly string[];
  /** The newest snapshot of its state, and what it was told since. */
  readonly snapshot: TrailSnapshot | null;
}

export interface TrailSnapshot {
  readonly position: Position;
  /** How many signals were made before it. */
  readonly signals: bigint;
  readonly setup: string;
  readonly marks: readonly string[];
  sections(): Promise<readonly Uint8Array[]>;
}

/** The row of a signal; looks through the newest files first. Null when no row has the id. */
export async function findSignal(deps: TrailDeps, signalId: string): Promise<Signal | null> {
  const path = `${deps.environment}/signals`;
  const { files } = await readTable(deps);
  for (const [at, file] of files.toReversed().entries()) {
    deps.progress(`${path}: file ${at + 1} of ${files.length}`);
    const bytes = await readDataFile(deps.store, path, file);
    const ids = await (await openParquet(bytes)).whole.read('signal_id');
    if (!ids || !Array.from<unknown>(ids).includes(signalId)) continue;
    const row = (await readParquet(bytes)).find((one) => one['signal_id'] === signalId);
    if (row) return signalOfRow(row);
  }
  return null;
}

/** Throws `input_invalid` when detection never committed the partition, `fenced` when its owner replaced what is read. */
export async function readTrail(deps: TrailDeps, stream: string, partition: string): Promise<SignalTrail> {
  const { transactions } = await readTable(deps);
  const idOf = (entry: string) => positionOf(transactions, `${stream}/${entry}`);
  const files = new StateFiles(deps.store, `${deps.environment}/_state/detect/${stream}`);
  const [stateId, marksId, historyId] = [stateEntry, marksEntry, historyEntry].map((entry) =>
    idOf(entry(partition)),
  );
  const marks = marksId ? await files.marks(partition, marksId) : [];
  if (!marks) throw replaced();
  const history = await files.history.readAll(partition, historyId ?? 0n);
  const manifest = stateId ? await files.manifest(partition, stateId) : null;
  const snapshot = stateId && manifest && { ...manifest, marks, sections: () => sections() };
  async function sections(): Promise<readonly Uint8Array[]> {
    const found = stateId && manifest && (await files.sections(partition, stateId, manifest));
    if (found) return found;
    throw replaced();
  }
  return { beginsAt: history.beginsAt, marks: [...history.marks, ...marks], snapshot: snapshot || null };
}

async function readTable({ store, environment }: TrailDeps) {
  const path = `${environment}/signals`;
  const table = await readSnapshot(store, path, readCheckpoint);
  if (table) return table;
  throw new GondolaError(
    'input_invalid',
    `${store.address} has no table ${path}: give --lake the folder or bucket that detect writes to, and --environment its environment`,
    false,
  );
}

const replaced = () =>
  new GondolaError('fenced', 'detection has written its state again meanwhile: try again', true);
