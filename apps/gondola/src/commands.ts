import type { Command } from './command.js';

/** Each is loaded when it is called: who drains a stream need not load a web server first. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.js')).up,
  ingest: async () => (await import('./commands/ingest.js')).ingest,
  detect: async () => (await import('./commands/detect.js')).detect,
  api: async () => (await import('./commands/api.js')).api,
  collector: async () => (await import('./commands/collector.js')).collector,
  keys: async () => (await import('./commands/keys.js')).keys,
  schemas: async () => (await import('./commands/schemas.js')).schemas,
  replay: async () => (await import('./commands/replay.js')).replay,
  score: async () => (await import('./commands/score.js')).score,
  train: async () => (await import('./commands/train.js')).train,
  models: async () => (await import('./commands/models.js')).models,
  features: async () => (await import('./commands/features.js')).features,
  report: async () => (await import('./commands/report.js')).report,
  simulate: async () => (await import('./commands/simulate.js')).simulate,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  compact: async () => (await import('./commands/compact.js')).compact,
  vacuum: async () => (await import('./commands/vacuum.js')).vacuum,
  expire: async () => (await import('./commands/expire.js')).expire,
  widen: async () => (await import('./commands/widen.js')).widen,
  rebuild: async () => (await import('./commands/rebuild.js')).rebuild,
  quarantine: async () => (await import('./commands/quarantine.js')).quarantine,
  quality: async () => (await import('./commands/quality.js')).quality,
  kpis: async () => (await import('./commands/kpis.js')).kpis,
  reconcile: async () => (await import('./commands/reconcile.js')).reconcile,
};
