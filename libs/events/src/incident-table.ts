import { columnSpec as column, type ColumnSpec, type ColumnTable, type ColumnValues } from '@gondola/stream';
import type { Incident, IncidentKind, NumberedIncident } from './incident.js';
import { RowReader, type TableRow } from './table-row.js';

const DAY_MS = 86_400_000;

/** Every change of every incident that detection finds: the fields of `Incident`. Partitioned by `event_date`. */
export const INCIDENT_COLUMNS: readonly ColumnSpec[] = [
  column('incident_id', 'string'),
  column('environment', 'string'),
  column('kind', 'string'),
  column('state', 'string'),
  column('store_id', 'string', true),
  column('workstation_id', 'string', true),
  column('item_id', 'string', true),
  column('region', 'string', true),
  column('at', 'timestamp'),
  column('since', 'timestamp'),
  column('probability', 'float64'),
  column('stores', 'int32'),
  column('shelves', 'int32'),
  column('lost_sales_per_hour', 'float64', true),
  column('currency', 'string', true),
  column('facts', 'string'),
  column('source_stream', 'string'),
  column('source_partition', 'string'),
  column('ordinal', 'int64'),
  column('event_date', 'date'),
];

export function incidentTable(
  numbered: readonly NumberedIncident[],
  { stream, partition }: { readonly stream: string; readonly partition: string },
): ColumnTable {
  const incidents = numbered.map(({ incident }) => incident);
  const values: Record<string, ColumnValues> = {
    incident_id: incidents.map((one) => one.incidentId),
    environment: incidents.map((one) => one.environment),
    kind: incidents.map((one) => one.kind),
    state: incidents.map((one) => one.state),
    store_id: incidents.map((one) => one.storeId),
    workstation_id: incidents.map((one) => one.workstationId),
    item_id: incidents.map((one) => one.itemId),
    region: incidents.map((one) => one.region),
    at: Float64Array.from(incidents, (one) => one.atMs * 1000),
    since: Float64Array.from(incidents, (one) => one.sinceMs * 1000),
    probability: Float64Array.from(incidents, (one) => one.probability),
    stores: Int32Array.from(incidents, (one) => one.stores),
    shelves: Int32Array.from(incidents, (one) => one.shelves),
    lost_sales_per_hour: incidents.map((one) => one.lostSalesPerHour),
    currency: incidents.map((one) => one.currency),
    facts: incidents.map((one) => JSON.stringify(one.facts)),
    source_stream: incidents.map(() => stream),
    source_partition: incidents.map(() => partition),
    ordinal: BigInt64Array.from(numbered, ({ ordinal }) => BigInt(ordinal)),
    event_date: Int32Array.from(incidents, (one) => Math.floor(one.atMs / DAY_MS)),
  };
  return {
    rows: incidents.length,
    columns: INCIDENT_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })),
  };
}

/** A row of the `incidents` table. Errors: `lake_corrupt`, naming the column, when it does not hold what it must. */
export function incidentOfRow(row: TableRow): Incident {
  const of = new RowReader('incidents', row);
  return {
    incidentId: of.text('incident_id'),
    environment: of.text('environment'),
    kind: of.text('kind') as IncidentKind,
    state: of.text('state') === 'open' ? 'open' : 'closed',
    storeId: of.textOrNull('store_id'),
    workstationId: of.textOrNull('workstation_id'),
    itemId: of.textOrNull('item_id'),
    region: of.textOrNull('region'),
    atMs: of.timeMs('at'),
    sinceMs: of.timeMs('since'),
    probability: of.number('probability'),
    stores: of.number('stores'),
    shelves: of.number('shelves'),
    lostSalesPerHour: of.numberOrNull('lost_sales_per_hour'),
    currency: of.textOrNull('currency'),
    facts: of.json('facts', isFacts, 'a JSON object'),
  };
}

const isFacts = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === 'object' && value !== null;
