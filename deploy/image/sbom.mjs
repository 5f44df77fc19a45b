// The bill of materials of a bundle: what npm says of the packages that are in it.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const BYTES_MAX = 64 * 2 ** 20;

/** Writes CycloneDX (JSON, 1.5) of `packages`, with their licences, hashes and who needs whom, to each of the files `to`. */
export async function writeSbom({ root, packages, to }) {
  // All that is locked: `--omit dev` would also leave out what both tests and the program use.
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: BYTES_MAX });
  const bill = JSON.parse(stdout);
  const here = new Set(packages.map(({ id }) => id));
  const known = new Set(bill.components.map((component) => component['bom-ref']));
  const unknown = [...here].filter((id) => !known.has(id));
  if (unknown.length > 0) throw new Error(`npm knows nothing of ${unknown.join(', ')}: npm ci, and again`);
  const { component } = bill.metadata;
  component.name = 'gondola';
  const kept = new Set([...here, component['bom-ref']]);
  bill.components = bill.components.filter((one) => here.has(one['bom-ref']));
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((id) => kept.has(id)) }));
  const text = `${JSON.stringify(bill, null, 2)}\n`;
  for (const file of to) writeFileSync(file, text);
}
