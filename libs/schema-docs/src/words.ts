import type { ContractFile, Masking } from '@gondola/contract';

/** What is left of a personal value in silver. */
export function maskingWords(masking: Masking): string {
  if (masking === 'drop') return 'dropped';
  if (masking === 'token') return 'token';
  if ('truncate' in masking)
    return masking.truncate === 'ip' ? 'network of the address' : `first ${masking.truncate} characters`;
  const { generalise } = masking;
  return typeof generalise === 'number' ? `in steps of ${generalise}` : `by the ${generalise}`;
}

export type Expectation = ContractFile['expectations'][number];

/** What is expected of the events of an hour, and of how many of them. */
export function expectationWords(expectation: Expectation): string {
  const { atLeast } = expectation;
  const share = atLeast === 1 ? '' : `; of at least ${Number((atLeast * 100).toPrecision(12))} %`;
  return `${matterOf(expectation)}${share}`;
}

function matterOf(expectation: Expectation): string {
  switch (expectation.kind) {
    case 'completeness':
      return `${expectation.field} is given`;
    case 'freshness':
      return `sent within ${expectation.withinMinutes} minutes`;
    case 'volume': {
      const { perHour, ofUsual } = expectation;
      const parts = [
        perHour ? `${boundsWords(perHour)} events an hour` : null,
        ofUsual ? `${boundsWords(ofUsual)} times as many as usual` : null,
      ];
      return parts.filter((part) => part !== null).join(', ');
    }
    case 'uniqueness':
      return expectation.fields ? `${expectation.fields.join(' + ')} is there once` : 'sent once';
    case 'range':
      return `${expectation.field} is ${boundsWords(expectation)}`;
    case 'reference':
      return `${expectation.field} is known to ${expectation.subject}`;
  }
}

interface Bounds {
  readonly min?: number | null | undefined;
  readonly max?: number | null | undefined;
}

function boundsWords({ min, max }: Bounds): string {
  const [low, high] = [min ?? null, max ?? null];
  if (low !== null && high !== null) return `${low} to ${high}`;
  return low === null ? `at most ${high}` : `at least ${low}`;
}
