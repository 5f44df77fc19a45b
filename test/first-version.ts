import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Takes all versions but the first out of a copy of the shipped contracts, so that a test can write a second of its own. */
export function keepFirstVersion(folder: string, subject: string): void {
  const schema = join(folder, subject, 'v1.avsc');
  const { fields } = JSON.parse(readFileSync(schema, 'utf8')) as { fields: { name: string }[] };
  const known = new Set(fields.map(({ name }) => name));
  for (const name of readdirSync(join(folder, subject)))
    if (/^v\d+\.avsc$/.test(name) && name !== 'v1.avsc') rmSync(join(folder, subject, name));
  const passing = join(folder, subject, 'examples/pass');
  for (const name of readdirSync(passing)) {
    const event = JSON.parse(readFileSync(join(passing, name), 'utf8')) as object;
    if (!Object.keys(event).every((field) => known.has(field))) rmSync(join(passing, name));
  }
  const path = join(folder, 'ids.json');
  const line = new RegExp(`("${subject}": \\{ "1": \\d+)[^}]*\\}`);
  writeFileSync(path, readFileSync(path, 'utf8').replace(line, '$1 }'));
}
