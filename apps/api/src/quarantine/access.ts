import type { UpkeepDeps } from '@gondola/lake-upkeep';
import type { Judge } from '@gondola/quarantine';
import type { SchemaRegistry } from '@gondola/schema-registry';

/** What reading quarantine takes. */
export interface QuarantineAccess {
  readonly deps: UpkeepDeps;
  /** The contracts: they say what may be shown. */
  readonly registry: SchemaRegistry;
  /** Of JSON that says nothing of itself, as ingest has it; null: what ingest found counts. */
  readonly defaultSubject: string | null;
  /** Null: this process was not told by what replays are judged, or who may ask for them. */
  readonly replays: ReplayAccess | null;
}

export interface ReplayAccess {
  readonly stream: string;
  /** Whoever sends it may replay; null: no token is good for that. */
  readonly token: string | null;
  /** What judges one replay; disposed of after it. */
  open(options: { readonly dryRun: boolean }): Promise<{ readonly judge: Judge } & AsyncDisposable>;
}

/** Injects a `QuarantineAccess`. */
export const QUARANTINE = Symbol('quarantine');
