/**
 * Whether no two entries are the same JSON. By what they are as text with sorted keys, one after the other: comparing
 * each with each would take a record of a megabyte hours.
 */
export function areUnique(entries: readonly unknown[]): boolean {
  return new Set(entries.map(canonical)).size === entries.length;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(Object.is(value, -0) ? 0 : value);
  const object = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key])}`);
  return `{${members.join()}}`;
}
