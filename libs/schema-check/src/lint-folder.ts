import { error, warning, type Finding } from './finding.js';
import { filesOf, IDS_FILE, idsOf, versionFiles, type SchemaFolder } from './schema-folder.js';

const SUBJECT = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;
const KNOWN_FILE =
  /^(contract\.yaml|README\.md|v[1-9]\d*\.(avsc|json|proto)|examples\/(pass|fail)\/[^/]+\.json)$/;

/** Names of the folder and of what is in it. */
export function lintFolder(folder: SchemaFolder, subject: string): readonly Finding[] {
  const findings: Finding[] = [];
  if (!SUBJECT.test(subject))
    findings.push(
      warning(
        'subject_name',
        subject,
        '',
        'subjects are named like shop.sale: lower case, parts between dots',
      ),
    );
  for (const { name, path } of filesOf(folder.files, `${subject}/`))
    if (!KNOWN_FILE.test(name))
      findings.push(
        warning(
          'file_unknown',
          path,
          '',
          'nobody reads it: rename it to v<N>.avsc or examples/pass/*.json, or remove it',
        ),
      );
  versionFiles(folder, subject).forEach(({ version, path }, index) => {
    if (version === index + 1) return;
    findings.push(
      warning('version_gap', path, '', `v${index + 1} was expected: versions count from 1 without gaps`),
    );
  });
  return findings;
}

/** What `ids.json` says beside what the loader asks of it. */
export function lintIds(folder: SchemaFolder): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [subject, versions] of Object.entries(idsOf(folder))) {
    const found = new Set(versionFiles(folder, subject).map(({ version }) => String(version)));
    let last = 0;
    for (const [version, id] of Object.entries(versions)) {
      const field = `${subject}.${version}`;
      if (!found.has(version))
        findings.push(
          error(
            'id_without_version',
            IDS_FILE,
            field,
            `there is no v${version}: records that name id ${id} could not be read`,
          ),
        );
      if (id < last)
        findings.push(
          error(
            'id_order',
            IDS_FILE,
            field,
            `id ${id} follows ${last}: ids are only added, never given again`,
          ),
        );
      last = id;
    }
  }
  return findings;
}
