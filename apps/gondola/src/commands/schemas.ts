import { UsageError, type Command } from '../command.js';
import { check } from '../schemas/check.js';
import { docs } from '../schemas/docs.js';
import { register } from '../schemas/register.js';
import { types } from '../schemas/types.js';

const ACTIONS = { check, register, docs, types };

export const schemas: Command = {
  summary: 'check contracts before a release, register them, write their documents and types',
  usage: [
    'check|register|docs|types [--dir DIR] ...   (DIR is that of the shipped contracts if left out)',
    '  check [--since GITREF | --released DIR] and a registry',
    '  register [--dry-run] [--subject S] and a registry',
    '  docs --out DIR [--config FILE]',
    '  types --out DIR',
    '  a registry: [--registry URL [--environment ENV] | --config FILE] [--suffix=-value]   (FILE is that of any service; secrets are in files it names)',
  ].join('\n'),
  options: {
    dir: { type: 'string' },
    since: { type: 'string' },
    released: { type: 'string' },
    registry: { type: 'string' },
    environment: { type: 'string' },
    config: { type: 'string' },
    suffix: { type: 'string' },
    subject: { type: 'string' },
    out: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
  run: async ({ positionals: [action, ...others], values }, context) => {
    if (others.length > 0) throw new UsageError(`schemas ${action} takes no positional arguments`);
    const run = Object.hasOwn(ACTIONS, action ?? '') ? ACTIONS[action as keyof typeof ACTIONS] : null;
    if (!run) throw new UsageError(`schemas check, register, docs or types; it was ${action ?? 'nothing'}`);
    return run(values, context);
  },
};
