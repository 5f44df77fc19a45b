import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { walkFields } from '@gondola/contract';
import type { SchemaLookup } from '../registry/registry.controller.js';

/** A contract or runbook as text, one line for each thing that it says. Answers quote these lines word for word. */
export interface Document {
  /** `runbook.StoreFeedDead`, `contract.retail.pos.transaction` */
  readonly id: string;
  readonly kind: 'runbook' | 'contract';
  /** `StoreFeedDead`, `retail.pos.transaction` */
  readonly name: string;
  readonly lines: readonly DocumentLine[];
}

export interface DocumentLine {
  /** Heading that it stands under; of a contract: `description`, `fields` or `rules`. */
  readonly part: string;
  /** Of `fields`: whose line it is. */
  readonly field: string | null;
  readonly text: string;
}

export const textOf = ({ lines }: Document): string => lines.map(({ text }) => text).join('\n');

/** Runbooks of `folder`, and of each contract what it is, its fields and its rules. */
export function readDocuments(folder: string | null, schemas: SchemaLookup | null): readonly Document[] {
  return [...(folder === null ? [] : readRunbooks(folder)), ...(schemas ? contractsOf(schemas) : [])];
}

function readRunbooks(folder: string): Document[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
  return files.sort().map((file) => {
    const name = basename(file, '.md');
    return runbookOf(name, readFileSync(join(folder, file), 'utf8'));
  });
}

/** Paragraphs and steps become a line each; commands and tables are left out: they are not sentences. */
export function runbookOf(name: string, markdown: string): Document {
  const lines: DocumentLine[] = [];
  let part = '';
  let open: string[] = [];
  const close = () => {
    const text = plain(open.join(' '));
    if (text !== '') lines.push({ part, field: null, text });
    open = [];
  };
  for (const line of markdown.split('\n')) {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) {
      close();
      // The first is the name.
      if (!line.startsWith('# ')) part = plain(heading);
    } else if (/^( {4}|\t|\|)/.test(line) && open.length === 0) continue;
    else if (line.trim() === '') close();
    else {
      if (/^(\d+\.|-) /.test(line)) close();
      open.push(line.trim());
    }
  }
  close();
  return { id: `runbook.${name}`, kind: 'runbook', name, lines };
}

/** Of links the text; no marks of emphasis. */
const plain = (markdown: string): string =>
  markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

function contractsOf(schemas: SchemaLookup): Document[] {
  return schemas.subjects().flatMap((subject) => {
    const contract = schemas.contractOf(subject);
    if (!contract) return [];
    const { file, schema } = contract;
    const line = (part: string, text: string, field: string | null = null): DocumentLine => ({
      ...{ part, field, text: text.replace(/\s+/g, ' ').trim() },
    });
    const fields = [...walkFields(schema)].flatMap(({ path, doc, pointer }) =>
      doc === null ? [] : [line('fields', `${pointer}: ${doc}`, path[path.length - 1])],
    );
    return [
      {
        ...{ id: `contract.${subject}`, kind: 'contract' as const, name: subject },
        lines: [
          line('description', file.description),
          line('owner', `Owner: ${file.owner}.`),
          ...fields,
          ...file.rules.map(({ name, message }) => line('rules', `Rule ${name}: ${message}.`)),
        ],
      },
    ];
  });
}
