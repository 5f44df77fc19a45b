import { z } from 'zod';

const CURSOR = '`nextCursor` of an earlier answer';

/** Of parameters that may not be lists. */
export const once = {
  error: ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? 'is missing' : 'must be given once',
};

/**
 * Where pages of one list end, as clients carry it: the fields of the last row that the list is ordered by, and not how many rows
 * came before it. So rows that are added meanwhile move nobody. The text has the list's name in it: that of another list is refused.
 */
export class Cursors<Place extends z.ZodObject> {
  readonly parameter;

  constructor(
    private readonly list: string,
    private readonly place: Place,
  ) {
    this.parameter = z
      .string(once)
      .transform((text, context): z.output<Place> => {
        const [ofList, fields] = listIn(text);
        const parsed = place.safeParse(fields);
        if (ofList === list && parsed.success) return parsed.data;
        context.addIssue(`must be ${CURSOR}`);
        return z.NEVER;
      })
      .optional()
      .describe(CURSOR);
  }

  /** `nextCursor` after a row; null where there are no more. */
  after(row: z.input<Place> | null): string | null {
    if (row === null) return null;
    return Buffer.from(JSON.stringify([this.list, this.place.parse(row)])).toString('base64url');
  }
}

function listIn(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** The first `limit` of rows, and the last of them where there are more. */
export function firstOf<Row>(
  rows: readonly Row[],
  limit: number,
): { readonly page: readonly Row[]; readonly last: Row | null } {
  return { page: rows.slice(0, limit), last: rows.length > limit ? rows[limit - 1] : null };
}
