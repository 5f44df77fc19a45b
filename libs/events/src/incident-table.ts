import {
  columnSpec as column,
  GondolaError,
  type ColumnSpec,
  type ColumnTable,
  type ColumnValues,
} from '@gondola/stream';
import type { Incident, IncidentKind, NumberedIncident } from './incident.js';

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
export function incidentOfRow(row: Readonly<Record<string, unknown>>): Incident {
  return {
    incidentId: given(row, 'incident_id', 'string'),
    environment: given(row, 'environment', 'string'),
    kind: given(row, 'kind', 'string') as IncidentKind,
    state: given(row, 'state', 'string') === 'open' ? 'open' : 'closed',
    storeId: orNull(row, 'store_id', 'string'),
    workstationId: orNull(row, 'workstation_id', 'string'),
    itemId: orNull(row, 'item_id', 'string'),
    region: orNull(row, 'region', 'string'),
    atMs: given(row, 'at', 'number') / 1000,
    sinceMs: given(row, 'since', 'number') / 1000,
    probability: given(row, 'probability', 'number'),
    stores: given(row, 'stores', 'number'),
    shelves: given(row, 'shelves', 'number'),
    lostSalesPerHour: orNull(row, 'lost_sales_per_hour', 'number'),
    currency: orNull(row, 'currency', 'string'),
    facts: factsOf(given(row, 'facts', 'string')),
  };
}

interface Kinds {
  readonly string: string;
  readonly number: number;
}

function given<K extends keyof Kinds>(
  row: Readonly<Record<string, unknown>>,
  name: string,
  kind: K,
): Kinds[K] {
  const value = row[name];
  if (typeof value !== kind) throw corrupt(name, `a ${kind}`);
  return value as Kinds[K];
}

const orNull = <K extends keyof Kinds>(
  row: Readonly<Record<string, unknown>>,
  name: string,
  kind: K,
): Kinds[K] | null => (row[name] == null ? null : given(row, name, kind));

function factsOf(text: string): Readonly<Record<string, number>> {
  try {
    const facts: unknown = JSON.parse(text);
    if (typeof facts === 'object' && facts !== null) return facts as Record<string, number>;
  } catch {
    // told below
  }
  throw corrupt('facts', 'a JSON object');
}

function corrupt(name: string, wanted: string): GondolaError {
  return new GondolaError('lake_corrupt', `incidents: column ${name} does not hold ${wanted}`, false);
}
