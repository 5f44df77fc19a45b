/** Whether an `accept` wants `text/plain` rather than JSON (RFC 9110 §12.5.1): only where it names text, and with more weight. */
export function prefersText(accept: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const part of (accept ?? '').split(',')) {
    const [type, ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
    const weight = parameters.find((one) => one.startsWith('q='))?.slice(2);
    weights.set(type, weight === undefined ? 1 : Number(weight) || 0);
  }
  const weightOf = (...types: readonly string[]) =>
    types.map((type) => weights.get(type)).find((one) => one !== undefined) ?? 0;
  return weightOf('text/plain', 'text/*') > weightOf('application/json', 'application/*', '*/*');
}
