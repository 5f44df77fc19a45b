import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { BOARD, type BoardOptions } from '../board.controller.js';
import { CatalogNames } from '../lake/catalog-names.js';
import { IncidentStore } from '../incidents/incident-store.js';
import { VerdictStore } from '../loop/verdict-store.js';
import { id, parse } from '../request.js';
import { SignalStore } from '../signals/signal-store.js';
import { StoreSights, type Sight } from '../shelves/store-sights.js';
import { NAMED, type NamedSignal, type SignalView } from '../shelves/views.js';
import { chooseTasks, shiftAt, TASKS_PER_SHIFT, type Shift } from './task-list.js';

const VERDICTS_MAX = 1_000;
export const tasksQuery = z.strictObject({ store: id });

/** What one store is asked to look at in this shift. */
export interface TasksAnswer {
  readonly storeId: string;
  readonly storeName: string | null;
  readonly nowMs: number;
  readonly shift: Shift;
  /** Tasks of a shift, those that were done counted. */
  readonly perShift: number;
  /** Shelves that somebody has looked at in this shift. */
  readonly done: number;
  /** Open shelves beyond these. */
  readonly left: number;
  /** Where it is not `seen`, an empty list says nothing of the shelves. */
  readonly sight: Sight;
  /** When a store that is closed by the catalog opens next; null: it is open, or nobody says when it will be. */
  readonly opensAtMs: number | null;
  /** What saves most by being looked at a minute earlier comes first; where somebody is on the way already, after the others. */
  readonly tasks: readonly NamedSignal[];
}

@Controller('tasks')
export class TasksController {
  constructor(
    @Inject(BOARD) private readonly board: BoardOptions,
    @Inject(SignalStore) private readonly store: SignalStore,
    @Inject(VerdictStore) private readonly verdicts: VerdictStore,
    @Inject(IncidentStore) private readonly incidents: IncidentStore,
    @Inject(CatalogNames) private readonly names: CatalogNames,
    @Inject(StoreSights) private readonly sights: StoreSights,
    @Inject(NAMED) private readonly named: SignalView,
  ) {}

  /** An item that many stores are out of is nothing that one of them can fill. */
  @Get()
  @Header('cache-control', 'private, no-cache')
  list(@Query() query: unknown): TasksAnswer {
    const { store: storeId } = parse(tasksQuery, query);
    const nowMs = this.board.clock.nowMs();
    const place = this.names.store(storeId);
    const shift = shiftAt(nowMs, place?.timeZone);
    const open = [...this.store.open(storeId)].filter((signal) => !this.incidents.isFolded(signal));
    const { tasks, done, left } = chooseTasks(open, this.lookedAt(storeId, shift));
    const named = tasks.map(this.named);
    const [free, takenNow] = [named.filter(({ taken }) => !taken), named.filter(({ taken }) => taken)];
    return {
      ...{ storeId, storeName: place?.name ?? null, nowMs, shift },
      ...{ perShift: TASKS_PER_SHIFT, done, left, sight: this.sights.of(storeId, nowMs) },
      opensAtMs: this.sights.opensAtMs(storeId, nowMs),
      tasks: [...free, ...takenNow],
    };
  }

  private lookedAt(storeId: string, { fromMs }: Shift): ReadonlySet<string> {
    const said = this.verdicts.query({ storeId, sinceMs: fromMs }, VERDICTS_MAX);
    const standing = said.filter(
      ({ undone, verdict, signalId }) =>
        !undone && verdict !== 'UNDO' && verdict !== 'TAKEN' && signalId !== null,
    );
    return new Set(standing.map(({ itemId }) => itemId));
  }
}
