import type { Contract } from '@gondola/contract';
import { positionOf, readCommitNote, readSnapshot, type TableSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';
import type { LineageAnswer, LineageTable, TableContract } from './lineage-answer.js';

/** Tables of the line that are no contract's, in its order. */
const OTHERS = ['quarantine', 'quality', 'signals', 'incidents'];

/** Says of every table where it comes from and how far it is, from its log alone: no data file is read. */
export class LineageReader {
  constructor(
    private readonly lake: ObjectStore,
    private readonly environment: string,
    private readonly contracts: () => readonly Contract[],
  ) {}

  /** Tables that are there: bronze, silver, then the others. Errors: those of the lake. */
  async read(): Promise<LineageAnswer> {
    const silver = this.contracts().map((contract) => ({ name: `silver/${contract.subject}`, contract }));
    const known = [...silver, ...OTHERS.map((name) => ({ name, contract: null }))];
    const read = await Promise.all(known.map(({ name, contract }) => this.table(name, contract)));
    const made = read.filter((table) => table !== null);
    const names = [...new Set(made.flatMap(({ positions }) => positions.map(({ stream }) => stream)))].sort();
    const bronze = await Promise.all(names.map((stream) => this.table(`bronze/${stream}`, null)));
    const tables = [...bronze.filter((table) => table !== null), ...made];
    const holds = (stream: string) =>
      tables.filter(({ positions }) => positions.some((one) => one.stream === stream));
    const streams = names.map((name) => ({ name, tables: holds(name).map((table) => table.name) }));
    return { environment: this.environment, tables, streams };
  }

  private async table(name: string, contract: Contract | null): Promise<LineageTable | null> {
    const path = `${this.environment}/${name}`;
    const snapshot = await readSnapshot(this.lake, path, readCheckpoint);
    if (!snapshot) return null;
    const { version, files, metadata } = snapshot;
    const stats = files.map(statsOf);
    const schema = JSON.parse(metadata.schemaString) as { fields: { name: string; type: unknown }[] };
    return {
      ...{ name, version, files: files.length },
      rows: stats.reduce((sum, { numRecords }) => sum + (numRecords ?? 0), 0),
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      lastCommit: await readCommitNote(this.lake, path, version),
      columns: schema.fields.map(({ name: column, type }) => ({ name: column, type: typeText(type) })),
      positions: positionsOf(snapshot),
      contract: contract && contractOf(contract, stats),
    };
  }
}

interface Stats {
  readonly numRecords?: number;
  readonly minValues?: Readonly<Record<string, unknown>>;
  readonly maxValues?: Readonly<Record<string, unknown>>;
}

/** Other writers need not say anything. */
const statsOf = ({ stats }: { readonly stats: string }): Stats =>
  stats === '' ? {} : (JSON.parse(stats) as Stats);

function contractOf(contract: Contract, stats: readonly Stats[]): TableContract {
  const numbers = (ends: readonly unknown[]) => ends.filter((end) => typeof end === 'number');
  const oldest = numbers(stats.map(({ minValues }) => minValues?.['schema_version']));
  const newest = numbers(stats.map(({ maxValues }) => maxValues?.['schema_version']));
  return {
    ...{ subject: contract.subject, owner: contract.owner, compatibility: contract.compatibility },
    versions: contract.versions.map(({ version }) => version),
    oldestInRows: oldest.length === 0 ? null : Math.min(...oldest),
    newestInRows: newest.length === 0 ? null : Math.max(...newest),
  };
}

/** What else a writer keeps in the log has a # in its name. */
function positionsOf({ transactions }: TableSnapshot): LineageTable['positions'] {
  return [...transactions.keys()]
    .filter((appId) => appId.includes('/') && !appId.includes('#'))
    .sort()
    .map((appId) => {
      const at = appId.lastIndexOf('/');
      const position = `${positionOf(transactions, appId) ?? 0n}`;
      return { stream: appId.slice(0, at), partition: appId.slice(at + 1), position };
    });
}

const typeText = (type: unknown): string =>
  typeof type === 'string' ? type : String((type as { type?: unknown }).type ?? 'unknown');
