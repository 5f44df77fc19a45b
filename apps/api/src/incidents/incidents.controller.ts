import type { Incident } from '@gondola/events';
import { Controller, Get, Header, Inject, NotFoundException, Param, Query } from '@nestjs/common';
import { CatalogNames } from '../lake/catalog-names.js';
import { IncidentStore, type IncidentWithSignals } from './incident-store.js';
import { parseIncidentsQuery } from '../request.js';

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
  /** All of them, also those beyond `limit`. */
  readonly total: number;
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
    const { filter, limit } = parseIncidentsQuery(query);
    const all = this.incidents.list(filter);
    return { incidents: all.slice(0, limit).map((one) => this.view(one)), total: all.length };
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
