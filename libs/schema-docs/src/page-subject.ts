import type { Masking } from '@gondola/contract';
import { anchor, breakable, html, type Html } from './html.js';
import type { LineFacts } from './line-facts.js';
import { keyFields, type FieldDoc, type SubjectDoc } from './subject-doc.js';

function maskingWords(masking: Masking): string {
  if (masking === 'drop') return 'dropped';
  if (masking === 'token') return 'token';
  if ('truncate' in masking)
    return masking.truncate === 'ip' ? 'network only' : `first ${masking.truncate} characters`;
  return typeof masking.generalise === 'string'
    ? `${masking.generalise} only`
    : `in steps of ${masking.generalise}`;
}

const INDENTS_MAX = 4;

export function subjectSection(subject: SubjectDoc, facts: LineFacts): Html {
  const { contract, file } = subject;
  return html`<section id="${anchor(contract.subject)}" class="subject">
    <h2>${breakable(contract.subject)}</h2>
    <p>${file.description}</p>
    ${
      file.tags.length > 0
        ? html`<ul class="tags" aria-label="Tags">
            ${file.tags.map((tag) => html`<li>${tag}</li>`)}
          </ul>`
        : null
    }
    <h3>From producer to table</h3>
    ${lineage(subject, facts)}
    <h3>Facts</h3>
    ${factsOf(subject)}
    <h3>Fields</h3>
    ${fieldTable(subject)}
    <h3>Rules</h3>
    ${rules(subject)}
    <h3>Examples</h3>
    ${examples(subject)}
  </section>`;
}

function lineage({ contract, file }: SubjectDoc, facts: LineFacts): Html {
  const { environment, stream, signals, written, reference } = facts;
  const { subject } = contract;
  const steps: [kind: string, name: string][] = written.has(subject)
    ? [
        ['detection', file.owner],
        ['table', `${environment}/signals`],
        ['stream', signals],
        ['readers', 'api, board, whoever subscribes'],
      ]
    : [
        ['producer', file.owner],
        ['stream', stream],
        ['bronze', `${environment}/bronze/${stream}`],
        ['silver', `${environment}/silver/${subject}`],
        ...(file.shelf ? ([['detection', `${environment}/signals`]] as [string, string][]) : []),
        ...(reference.has(subject) ? ([['looked up by', 'detection, board']] as [string, string][]) : []),
      ];
  return html`<ol class="lineage">
      ${steps.map(([kind, name]) => html`<li><span>${kind}</span><code>${name}</code></li>`)}
    </ol>
    ${written.has(subject) ? null : html`<p class="quiet">What is refused: <code>${environment}/quarantine</code>, see <a href="#reasons">reasons</a>.</p>`}`;
}

function factsOf({ contract, file }: SubjectDoc): Html {
  const level = file.serviceLevel;
  const keys = keyFields(contract);
  const versions = contract.versions.map(({ version, id }) => `v${version} (id ${id})`).join(', ');
  const given: [string, string | null][] = [
    ['Owner', file.owner],
    ['Fresh within', level?.freshnessMinutes === undefined ? null : `${level.freshnessMinutes} minutes`],
    [
      'Complete to',
      level?.completenessPercent === undefined ? null : `${level.completenessPercent} % of a day`,
    ],
    [
      'Available',
      level?.availabilityPercent === undefined ? null : `${level.availabilityPercent} % of a month`,
    ],
    ['Support', level?.support ?? null],
    ['Versions', versions],
    ['A new version must be', file.compatibility],
    ['CloudEvents types', contract.types.join(', ')],
    ['Key of a record', keys.length > 0 ? keys.join(', else ') : 'the event id'],
    ['The same fact', (file.identity ?? [file.roles.eventId]).join(' + ')],
    ['One row for each', file.rows === null ? 'event' : `entry of ${file.rows}`],
    ['At most', `${file.valueBytesMax.toLocaleString('en')} bytes`],
  ];
  return html`<dl class="facts">
    ${given.map(([name, value]) =>
      value === null
        ? null
        : html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`;
}

function fieldTable({ contract, fields }: SubjectDoc): Html {
  return html`<div class="scroll" role="region" aria-label="Fields of ${contract.subject}" tabindex="0">
    <table class="fields">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Type</th>
          <th scope="col">Meaning</th>
          <th scope="col">Column in silver</th>
          <th scope="col">Use</th>
        </tr>
      </thead>
      <tbody>
        ${fields.map(fieldRow)}
      </tbody>
    </table>
  </div>`;
}

function fieldRow(field: FieldDoc): Html {
  const { depth, name, type, isRequired, isNullable, meaning, column, masking, roles } = field;
  const need = isRequired ? 'required' : isNullable ? 'may be null or left out' : 'may be left out';
  const mask = masking && html`<span class="badge personal">personal: ${maskingWords(masking)}</span> `;
  const uses = roles.map((role) => html`<span class="badge">${role}</span> `);
  return html`<tr>
    <th scope="row" class="indent-${Math.min(depth, INDENTS_MAX)}"><code>${name}</code></th>
    <td>${type}<span class="need">${need}</span></td>
    <td>${meaning}</td>
    <td>
      ${column === null ? null : html`<code>${column.name}</code><span class="need">${column.type}</span>`}
    </td>
    <td>${mask}${uses}</td>
  </tr>`;
}

function rules({ contract, file }: SubjectDoc): Html {
  if (file.rules.length === 0) return html`<p>None beyond the types of its fields.</p>`;
  const row = ({ name, message, check, pointer }: (typeof file.rules)[number]) =>
    html`<tr>
      <th scope="row"><code>${name}</code></th>
      <td>${message}</td>
      <td><code>${pointer || 'the event'}</code></td>
      <td><code class="check">${check}</code></td>
    </tr>`;
  return html`<div class="scroll" role="region" aria-label="Rules of ${contract.subject}" tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">In words</th>
          <th scope="col">Field</th>
          <th scope="col">As it is computed</th>
        </tr>
      </thead>
      <tbody>
        ${file.rules.map(row)}
      </tbody>
    </table>
  </div>`;
}

function examples({ examples: { pass, fail } }: SubjectDoc): Html {
  const title = (name: string) => name.replace(/\.json$/, '').replaceAll('-', ' ');
  return html`${pass.map(
    ({ name, event }) =>
      html`<details>
        <summary>Passes: ${title(name)}</summary>
        <pre tabindex="0">${JSON.stringify(event, null, 2)}</pre>
      </details>`,
  )}
  ${
    fail.length === 0
      ? null
      : html`<details>
          <summary>Refused: ${fail.length} ways to be wrong</summary>
          <ul class="fails">
            ${fail.map(
              ({ name, reason, pointer }) =>
                html`<li>
                  ${title(name)}: <a href="#reason-${anchor(reason)}"><code>${reason}</code></a> at
                  <code>${pointer || 'the event'}</code>
                </li>`,
            )}
          </ul>
        </details>`
  }`;
}
