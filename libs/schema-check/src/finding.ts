/** Something about a folder of contracts that somebody should look at. An error stands in the way of a release. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** For programs: one word for each kind of thing. */
  readonly code: string;
  /** Within the folder of contracts. */
  readonly file: string;
  /** JSON pointer of an event's field, or the key in contract.yaml; '': the whole file. */
  readonly field: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

type Make = (code: string, file: string, field: string, message: string) => Finding;

export const error: Make = (code, file, field, message) => ({
  severity: 'error',
  code,
  file,
  field,
  message,
});
export const warning: Make = (code, file, field, message) => ({
  severity: 'warning',
  code,
  file,
  field,
  message,
});
