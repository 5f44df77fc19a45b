/** Where a sentence has something from, so that anybody can follow it. */
export interface Source {
  readonly kind:
    'signal' | 'incident' | 'verdict' | 'kpi' | 'count' | 'quality' | 'quarantine' | 'contract' | 'runbook';
  readonly id: string;
  /** Path of this api that answers it. */
  readonly link: string;
  /** JSON pointer to the value within that answer; of a quote: to the text that has it. */
  readonly pointer: string;
  /** What stands there; null also where a quote is cited. */
  readonly value: number | string | null;
  /** As the sentence shows it. */
  readonly shown: string;
  /** Word for word what a contract or runbook says; null for rows. */
  readonly quote: string | null;
}

/** A row, count or document, before something of it is cited. */
export type Row = Pick<Source, 'kind' | 'id' | 'link'>;

/** One sentence that rows or documents support. */
export interface Fact {
  /** With placeholders for names and whatever else people outside wrote: `[NAME1]`. */
  readonly text: string;
  readonly sources: readonly Source[];
  /** What the answer would mislead without. */
  readonly isNeeded: boolean;
  /** A quote: nobody puts it in other words. */
  readonly isQuote: boolean;
}

const query = (parameters: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');

export const linkOf = (
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>> = {},
): string => {
  const text = query(parameters);
  return text === '' ? path : `${path}?${text}`;
};

export const signalRow = ({ signalId }: { readonly signalId: string }): Row => ({
  ...{ kind: 'signal', id: signalId, link: `/signals/${encodeURIComponent(signalId)}` },
});

export const incidentRow = ({ incidentId }: { readonly incidentId: string }): Row => ({
  ...{ kind: 'incident', id: incidentId, link: `/incidents/${encodeURIComponent(incidentId)}` },
});

/** How many there are: the `total` of a list. */
export const countRow = (
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): Row => {
  const link = linkOf(path, { ...parameters, limit: 1 });
  return { kind: 'count', id: linkOf(path, parameters), link };
};
