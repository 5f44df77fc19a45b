import type { ColumnSpec, ColumnType } from '@gondola/stream';

/** A stream or table, by OpenLineage's naming: the two together are one name in the world. */
export interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}

interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [field: string]: unknown;
}
type Facets = Readonly<Record<string, Facet>>;

export interface Dataset extends DatasetName {
  readonly facets?: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

/** A run event of OpenLineage 2-0-2. */
export interface RunEvent {
  readonly eventType: 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL';
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: DatasetName & { readonly facets: Facets };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

const SPEC = 'https://openlineage.io/spec';
export const RUN_EVENT_SCHEMA = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;

/** Makes facets, each with who says it and where its meaning is written. */
export function createFacets(version: string) {
  const producer = `urn:gondola:${version}`;
  const facet = (schema: string, fields: Readonly<Record<string, unknown>>): Facet => ({
    _producer: producer,
    _schemaURL: schema,
    ...fields,
  });
  const standard = (name: string, of: string, fields: Readonly<Record<string, unknown>>) =>
    facet(`${SPEC}/facets/${of}/${name}.json#/$defs/${name}`, fields);
  return {
    producer,
    jobType: () => {
      const fields = { processingType: 'STREAMING', integration: 'GONDOLA', jobType: 'JOB' };
      return standard('JobTypeJobFacet', '2-0-4', fields);
    },
    processingEngine: () => standard('ProcessingEngineRunFacet', '1-1-1', { name: 'Gondola', version }),
    errorMessage: (message: string) =>
      standard('ErrorMessageRunFacet', '1-0-1', { message, programmingLanguage: 'TypeScript' }),
    schema: (columns: readonly ColumnSpec[]) =>
      standard('SchemaDatasetFacet', '1-2-0', { fields: columns.map(fieldOf) }),
    version: (datasetVersion: number) =>
      standard('DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: `${datasetVersion}` }),
    outputStatistics: (fields: Readonly<Record<'rowCount' | 'size' | 'fileCount', number | undefined>>) =>
      standard('OutputStatisticsOutputDatasetFacet', '1-0-2', fields),
    /** Our own: libs/lineage/positions-facet.json. */
    positions: (partitions: Readonly<Record<string, { from: string | null; to: string }>>, records: number) =>
      facet('urn:gondola:openlineage:positions:1#/$defs/PositionsInputDatasetFacet', { partitions, records }),
  };
}

export type FacetMaker = ReturnType<typeof createFacets>;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly fields?: readonly Field[];
}

function fieldOf({ name, type }: ColumnSpec): Field {
  const inner = type.kind === 'list' ? type.element : type;
  if (inner.kind !== 'struct') return { name, type: typeName(type) };
  return { name, type: type.kind === 'list' ? 'array<struct>' : 'struct', fields: inner.fields.map(fieldOf) };
}

/** As Delta names them. */
function typeName(type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'list':
      return `array<${typeName(type.element)}>`;
    case 'int32':
      return 'integer';
    case 'int64':
      return 'long';
    case 'float64':
      return 'double';
    default:
      return type.kind;
  }
}
