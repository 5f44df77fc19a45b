import {
  closureOfRow,
  incidentOfRow,
  qualityOfRow,
  signalOfRow,
  sumCounts,
  verdictOfRow,
  type Closure,
  type Incident,
  type QualityCount,
  type ShelfVerdict,
  type Signal,
} from '@gondola/events';
import type { ObjectStore } from '@gondola/stream';
import type { ApiConfig } from '../api.config.js';
import { distinctSources, sourceOfRow, type SourceOfStore } from '../incidents/incident-store.js';
import { signalPacker } from '../signals/packed-signals.js';
import { PlacementTail } from './placement-tail.js';
import { TableTail, type TableRow } from './table-tail.js';

/** What the feed of the api follows. */
export function lakeTails(lake: ObjectStore, { environment, historyDays }: ApiConfig) {
  const catalog = (subject: string) =>
    new TableTail<TableRow>(
      lake,
      { table: `${environment}/silver/${subject}`, historyDays: Infinity },
      (row) => row,
    );
  return {
    signals: new TableTail<Signal>(
      lake,
      { table: `${environment}/signals`, historyDays, packer: signalPacker },
      signalOfRow,
    ),
    quality: createQualityTail(lake, environment),
    verdicts: new TableTail<ShelfVerdict>(
      lake,
      { table: `${environment}/silver/retail.stockout.verdict`, historyDays },
      verdictOfRow,
    ),
    incidents: new TableTail<Incident>(
      lake,
      { table: `${environment}/incidents`, historyDays },
      incidentOfRow,
    ),
    orders: new TableTail<SourceOfStore | null>(
      lake,
      {
        ...{ table: `${environment}/silver/retail.replenishment.order`, historyDays },
        fold: distinctSources,
      },
      sourceOfRow,
    ),
    items: catalog('retail.catalog.item'),
    stores: catalog('retail.catalog.store'),
    placements: new PlacementTail(lake, environment),
    closures: new TableTail<Closure>(
      lake,
      { table: `${environment}/silver/retail.catalog.closure`, historyDays: Infinity },
      closureOfRow,
    ),
  };
}

/** What is usual for an hour is told from the weeks before it. */
const QUALITY_DAYS = 70;

export const createQualityTail = (
  lake: ObjectStore,
  environment: string,
  historyDays = QUALITY_DAYS,
): TableTail<QualityCount> =>
  new TableTail(lake, { table: `${environment}/quality`, historyDays, fold: sumCounts }, qualityOfRow);
