import type { ColumnPlan } from './column-plan.js';
import type { Masking } from './contract-file.js';

/** Why a column cannot be masked in this way, null when it can. */
export function maskingMisfit(masking: Masking, { spec, symbols, toText }: ColumnPlan): string | null {
  const { type, nullable } = spec;
  if (masking === 'drop') return nullable ? null : 'what is dropped must be nullable';
  if (masking === 'token') return type.kind === 'string' ? null : 'a token needs a text column';
  if ('truncate' in masking) {
    const isText = type.kind === 'string' && !symbols && !toText;
    if (!isText) return 'truncate needs a text field: no number, time, enum, list or record';
    // What is no address becomes null.
    return masking.truncate === 'ip' && !nullable
      ? 'truncate: ip needs a nullable field, for what is no address'
      : null;
  }
  return generaliseMisfit(masking.generalise, type);
}

type Generalise = Extract<Masking, { generalise: unknown }>['generalise'];

function generaliseMisfit(by: Generalise, type: ColumnPlan['spec']['type']): string | null {
  if (typeof by === 'string') {
    if (type.kind === 'timestamp' || (type.kind === 'date' && by !== 'hour')) return null;
    const which = by === 'hour' ? 'times' : 'times and dates';
    return `generalise: ${by} is for ${which}; of a date that is text, truncate keeps the year: { truncate: 4 }`;
  }
  switch (type.kind) {
    case 'float64':
      return null;
    case 'int32':
    case 'int64':
      return Number.isInteger(by) ? null : 'a bucket of whole numbers must be whole';
    case 'decimal':
      return Number.isSafeInteger(Number((by * 10 ** type.scale).toPrecision(15)))
        ? null
        : `a bucket must be a multiple of the column's step of ${type.scale} decimal places`;
    default:
      return 'generalise with a number is for numbers';
  }
}
