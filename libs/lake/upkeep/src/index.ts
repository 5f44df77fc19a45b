export { compact, type CompactOptions, type CompactResult } from './compact.js';
export { exportTable, type ExportDeps, type ExportOptions, type ExportResult } from './export-table.js';
export { expire, type ExpireResult } from './expire.js';
export { listTables, noTables } from './lake-table.js';
export { ALL_DATES, type DateRange, type UpkeepDeps } from './upkeep-deps.js';
export {
  RETENTION_MS_MIN,
  vacuum,
  type VacuumOptions,
  type VacuumReason,
  type VacuumResult,
} from './vacuum.js';
export { widen, type WidenOptions, type WidenResult } from './widen.js';
export type { SubjectColumns } from './actual-rows.js';
export { FINDING_KINDS, type Finding, type FindingKind } from './findings.js';
export type { HourTotals } from './hour-totals.js';
export type { PositionRange, PositionRanges } from './position-range.js';
export { rebuild, type JudgePipeline, type RebuildOptions, type RebuildResult } from './rebuild.js';
export { reconcile, type ReconcileOptions, type ReconcileResult } from './reconcile.js';
export type { ReplaceResult } from './replace-rows.js';
export type { BronzeBatch } from './bronze-records.js';
export {
  findQuarantined,
  readQuarantine,
  type QuarantinedRow,
  type QuarantineTimes,
} from './quarantine-rows.js';
export type { QuarantineChoice, QuarantinedPlace } from './quarantined-records.js';
export {
  createQuarantineReplay,
  quarantinedPositions,
  type QuarantineReplay,
  type QuarantineReplayOptions,
  type ReplayedFile,
} from './replay-quarantined.js';
export { claimPartitions, guardOf, readClaims, type Claims, type Guard } from './partition-guard.js';
export { bronzeOfPartition, type BronzeOfPartition } from './bronze-of-partition.js';
