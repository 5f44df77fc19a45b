import type { Command } from './command.js';
import { api } from './commands/api.js';
import { detect } from './commands/detect.js';
import { doctor } from './commands/doctor.js';
import { ingest } from './commands/ingest.js';
import { replay } from './commands/replay.js';
import { score } from './commands/score.js';
import { simulate } from './commands/simulate.js';
import { train } from './commands/train.js';
import { up } from './commands/up.js';

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
};
