import { ChoiceError } from '@gondola/quarantine';
import { UsageError } from './command.js';

/** What was chosen wrongly was chosen by options. */
export function asUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof ChoiceError ? new UsageError(`--${error.parameter} ${error.message}`) : error;
  }
}
