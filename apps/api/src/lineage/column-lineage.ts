import type { Contract } from '@gondola/contract';
import type { ShelfBinding } from '@gondola/events';
import type { ColumnLineage, ColumnSource, LineageTable, TableColumn } from './lineage-answer.js';

type ShelfColumn = 'store' | 'item' | 'category' | 'quantity' | 'unitPrice' | 'currency' | 'kind' | 'due';
type Role = ShelfColumn | 'eventTime';

/** What stock and demand are told from. */
const STOCK: readonly Role[] = ['quantity', 'kind', 'eventTime'];
const MONEY: readonly Role[] = [...STOCK, 'unitPrice'];

/** Column of signals -> what of events it is told from; those that are not named are of detection itself. */
const SIGNAL_ROLES: Readonly<Record<string, readonly Role[]>> = {
  ...{ store_id: ['store'], item_id: ['item'], currency: ['currency'] },
  ...{ kind: STOCK, at: ['eventTime'], since: ['eventTime', 'kind'], event_date: ['eventTime'] },
  ...{ expected_at: [...STOCK, 'due'], act_by: [...STOCK, 'due'], probability: [...STOCK, 'category'] },
  ...{ on_hand_record: STOCK, on_hand_estimate: STOCK, demand_per_hour: [...STOCK, 'category'] },
  ...{ lost_units: STOCK, lost_units_low: STOCK, lost_units_high: STOCK },
  ...{ lost_sales_per_hour: MONEY, lost_sales: MONEY, lost_sales_low: MONEY, lost_sales_high: MONEY },
  ...{ value_per_minute: MONEY, evidence: STOCK, causes: [...STOCK, 'due'] },
  ...{ sold_last24h: STOCK, expected_last24h: [...STOCK, 'category'] },
};
/** Columns of silver that tell where the record was. */
const RECORD_COLUMNS: ReadonlySet<string> = new Set([
  ...['source_stream', 'source_partition', 'source_position', 'source_sequence', 'schema_version'],
]);

/** From a column back to the fields of events that it is made from, and to the records that carried them. */
export function columnLineage(
  table: LineageTable,
  column: TableColumn,
  tables: readonly LineageTable[],
  contracts: readonly Contract[],
): ColumnLineage {
  const contract = contracts.find(({ subject }) => subject === table.contract?.subject);
  const answer = { table: table.name, column };
  if (contract) return { ...answer, ...ofSilver(contract, column.name, placeOf(table, tables)) };
  if (table.name !== 'signals') return { ...answer, madeBy: 'line', sources: [] };
  const roles = SIGNAL_ROLES[column.name] ?? [];
  const sources = contracts.flatMap((one) => {
    const silver = tables.find(({ name }) => name === `silver/${one.subject}`);
    return silver && one.shelf ? ofShelf(one, one.shelf, roles, silver, tables) : [];
  });
  return { ...answer, madeBy: roles.length > 0 ? 'detection' : 'line', sources };
}

type Place = Pick<ColumnSource, 'bronze' | 'streams'>;

function placeOf({ positions }: LineageTable, tables: readonly LineageTable[]): Place {
  const streams = [...new Set(positions.map(({ stream }) => stream))];
  const bronze = streams.map((stream) => `bronze/${stream}`);
  return { streams, bronze: bronze.filter((name) => tables.some((one) => one.name === name)) };
}

function ofSilver(
  contract: Contract,
  column: string,
  place: Place,
): Pick<ColumnLineage, 'madeBy' | 'sources'> {
  const source = { subject: contract.subject, masking: null, through: null, ...place };
  if (RECORD_COLUMNS.has(column)) return { madeBy: 'record', sources: [{ ...source, field: null }] };
  const field = fieldOf(contract, column);
  if (field === null) return { madeBy: 'line', sources: [] };
  return { madeBy: 'field', sources: [{ ...source, field, masking: maskingOf(contract, column) }] };
}

function ofShelf(
  contract: Contract,
  shelf: ShelfBinding,
  roles: readonly Role[],
  silver: LineageTable,
  tables: readonly LineageTable[],
): ColumnSource[] {
  const place = placeOf(silver, tables);
  const columns = roles.flatMap((role) => (role === 'eventTime' ? 'event_time' : (shelf[role] ?? [])));
  return columns.map((column) => ({
    ...{ subject: contract.subject, field: fieldOf(contract, column) },
    ...{ masking: maskingOf(contract, column), through: { table: silver.name, column }, ...place },
  }));
}

/** JSON pointer of the field that fills a column of silver; null: none does. */
function fieldOf({ columnByPointer, file }: Contract, column: string): string | null {
  if (column === 'event_id') return `/${file.roles.eventId}`;
  if (column === 'event_time' || column === 'event_date') return `/${file.roles.eventTime}`;
  for (const [pointer, { name }] of columnByPointer) if (name === column) return pointer;
  return null;
}

function maskingOf({ personal }: Contract, column: string): string | null {
  const masking = personal.get(column);
  if (masking === undefined || typeof masking === 'string') return masking ?? null;
  return Object.entries(masking).flat().join(' ');
}
