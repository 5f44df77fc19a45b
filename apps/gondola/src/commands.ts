import type { Command } from './command.js';
import { api } from './commands/api.js';
import { compact } from './commands/compact.js';
import { detect } from './commands/detect.js';
import { doctor } from './commands/doctor.js';
import { expire } from './commands/expire.js';
import { ingest } from './commands/ingest.js';
import { rebuild } from './commands/rebuild.js';
import { reconcile } from './commands/reconcile.js';
import { replay } from './commands/replay.js';
import { score } from './commands/score.js';
import { simulate } from './commands/simulate.js';
import { train } from './commands/train.js';
import { up } from './commands/up.js';
import { vacuum } from './commands/vacuum.js';

export const COMMANDS: Readonly<Record<string, Command>> = {
  up,
  ingest,
  detect,
  api,
  replay,
  score,
  train,
  simulate,
  doctor,
  compact,
  vacuum,
  expire,
  rebuild,
  reconcile,
};
