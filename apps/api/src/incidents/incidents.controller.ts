import type { Incident } from '@gondola/events';
import { Controller, Get, Header, Inject, NotFoundException, Param, Query } from '@nestjs/common';
import { CatalogNames } from '../lake/catalog-names.js';
import { firstOf } from '../cursors.js';
import { byWeight, IncidentStore, type IncidentWithSignals } from './incident-store.js';
import { incidentCursors, parseIncidentsQuery } from '../request.js';

/** An incident as clients get it. Names are null where the catalog does not say. */
export interface IncidentView extends Incident {
  readonly storeName: string | null;
  readonly itemName: string | null;
  /** Stores that it concerns. */
  readonly storeIds: readonly string[];
  /** Open signals that this line stands for. */
  readonly signalIds: readonly string[];
}

export interface IncidentsAnswer {
  /** Open ones first, those that lose most before the others. */
  readonly incidents: readonly IncidentView[];
  /** All of them, also those of other pages. */
  readonly total: number;
  /** For `cursor`, null on the last page. An incident that changes meanwhile may come twice or be missed. */
  readonly nextCursor: string | null;
}

@Controller('incidents')
export class IncidentsController {
  constructor(
    @Inject(IncidentStore) private readonly incidents: IncidentStore,
    @Inject(CatalogNames) private readonly names: CatalogNames,
  ) {}

  @Get()
  @Header('cache-control', 'private, no-cache')
  list(@Query() query: unknown): IncidentsAnswer {
    const { filter, limit, after } = parseIncidentsQuery(query);
    const all = this.incidents.list(filter);
    const rest = after ? all.filter(({ incident }) => byWeight(after, incident) < 0) : all;
    const { page, last } = firstOf(rest, limit);
    return {
      incidents: page.map((one) => this.view(one)),
      total: all.length,
      nextCursor: incidentCursors.after(last && last.incident),
    };
  }

  @Get(':id')
  @Header('cache-control', 'private, no-cache')
  one(@Param('id') incidentId: string): IncidentView {
    const found = this.incidents.list({}).find(({ incident }) => incident.incidentId === incidentId);
    if (found) return this.view(found);
    throw new NotFoundException({ detail: 'no incident of this id is kept' });
  }

  private view({ incident, signals, storeIds }: IncidentWithSignals): IncidentView {
    return {
      ...incident,
      storeName: incident.storeId === null ? null : (this.names.store(incident.storeId)?.name ?? null),
      itemName: incident.itemId === null ? null : this.names.item(incident.itemId),
      storeIds,
      signalIds: signals.map(({ signalId }) => signalId),
    };
  }
}
