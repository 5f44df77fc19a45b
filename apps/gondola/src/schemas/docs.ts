import type { CommandContext, Summary } from '../command.js';
import { outOf, type Values } from './options.js';

export async function docs(values: Values, _context: CommandContext): Promise<Summary> {
  return { command: 'schemas docs', out: outOf(values, 'docs') };
}
