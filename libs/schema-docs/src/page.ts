import { glossaryOf } from './glossary.js';
import { anchor, html, type Html } from './html.js';
import type { LineFacts } from './line-facts.js';
import { STYLE } from './page-style.js';
import { subjectSection } from './page-subject.js';
import type { SubjectDoc } from './subject-doc.js';

/**
 * One HTML file without scripts and without anything from elsewhere, for analysts and producers. `reasons`: why records are quarantined
 * and what can be done.
 */
export function renderPage(
  subjects: readonly SubjectDoc[],
  facts: LineFacts,
  reasons: Readonly<Record<string, string>>,
): string {
  const body = html`${introduction(subjects, facts)}
  ${subjects.map((subject) => subjectSection(subject, facts))} ${reasonSection(reasons)}`;
  const entries = glossaryOf(body.text.replaceAll(/<[^>]*>/g, ' '));
  const glossary = html`<section id="glossary">
    <h2>Glossary</h2>
    <dl class="glossary">
      ${entries.map(
        ({ word, meaning }) =>
          html`<div>
            <dt>${word}</dt>
            <dd>${meaning}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
  return `${pageOf(subjects, html`${body} ${glossary}`).text}\n`;
}

function pageOf(subjects: readonly SubjectDoc[], main: Html): Html {
  const links = subjects.map(
    ({ contract }) => html`<li><a href="#${anchor(contract.subject)}">${contract.subject}</a></li>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>Contracts of Góndola</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the contracts</a>
        <header>
          <h1>Contracts of Góndola</h1>
          <p>
            What shops send, what it means, what becomes of it. Made by <code>gondola schemas docs</code> from
            <code>schemas/</code>; in English only.
          </p>
        </header>
        <div class="columns">
          <nav aria-label="Contents">
            <h2>Contents</h2>
            <ul>
              <li><a href="#overview">Overview</a></li>
              ${links}
              <li><a href="#reasons">Reasons of quarantine</a></li>
              <li><a href="#glossary">Glossary</a></li>
            </ul>
          </nav>
          <main id="main">${main}</main>
        </div>
      </body>
    </html>`;
}

function introduction(subjects: readonly SubjectDoc[], { environment, stream }: LineFacts): Html {
  const row = ({ contract, file, fields }: SubjectDoc) => {
    const personal = fields.filter(({ masking }) => masking !== null).length;
    return html`<tr>
      <th scope="row"><a href="#${anchor(contract.subject)}">${contract.subject}</a></th>
      <td>${file.description.split(/(?<=\.)\s/)[0]}</td>
      <td>${file.owner}</td>
      <td class="number">${fields.length}</td>
      <td class="number">${personal}</td>
    </tr>`;
  };
  return html`<section id="overview">
    <h2>Overview</h2>
    <p>
      Events come on the stream <code>${stream}</code> or over HTTP (<code>POST /v1/events</code>), in Avro
      with the schema id in front or as JSON with the same fields. Each record is kept as it came (bronze).
      What keeps its contract becomes rows of the silver table of its subject, each fact once, with personal
      fields masked; the rest goes to quarantine with a reason and can be judged again. Tables of other
      environments have other folders: here it is <code>${environment}</code>.
    </p>
    <div class="scroll" role="region" aria-label="All contracts" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Contract</th>
            <th scope="col">What</th>
            <th scope="col">Owner</th>
            <th scope="col" class="number">Fields</th>
            <th scope="col" class="number">Personal</th>
          </tr>
        </thead>
        <tbody>
          ${subjects.map(row)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function reasonSection(reasons: Readonly<Record<string, string>>): Html {
  const rows = Object.entries(reasons).map(
    ([reason, meaning]) =>
      html`<tr>
        <th scope="row"><code id="reason-${anchor(reason)}">${reason}</code></th>
        <td>${meaning}</td>
      </tr>`,
  );
  return html`<section id="reasons">
    <h2>Reasons of quarantine</h2>
    <p>
      A closed list. <code>gondola quarantine list</code> counts them by producer, <code>show</code> shows one
      record, <code>replay</code> judges records again.
    </p>
    <div class="scroll" role="region" aria-label="Reasons of quarantine" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Reason</th>
            <th scope="col">What it means, and what to do</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}
