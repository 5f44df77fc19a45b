import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '@gondola/contract';
import { REASON_WORDS } from '@gondola/quarantine';
import type { SchemaFolder } from '@gondola/schema-check';
import { asyncApiOf, describeSubject, renderPage, type Examples, type LineFacts } from '@gondola/schema-docs';
import { SetupError } from '@gondola/stream';
import type { CommandContext, Summary } from '../command.js';
import { folderOf, outOf, readLineFile, findNamedIn, textOf, type Values } from './options.js';
import { readFolder } from './read-folder.js';

/** What detection writes, and what it looks things up in. */
const WRITTEN = new Set(['retail.stockout.signal']);
const REFERENCE = new Set(['retail.catalog.item', 'retail.catalog.store']);

/** Of the documents, not of the project: there is one for each time that they are made. */
const DOCUMENT_VERSION = '1.0.0';

export async function docs(values: Values, { say }: CommandContext): Promise<Summary> {
  const out = outOf(values, 'docs');
  const file = textOf(values, 'config');
  const config = file === null ? null : readLineFile(file);
  const folder = await readFolder(folderOf(values), await findNamedIn(config && config.registry));
  const subjects = [...folder.contracts].map(([subject, contract]) =>
    describeSubject(valid(contract), examplesOf(folder, subject)),
  );
  const facts = factsOf(config);
  const files = {
    'asyncapi.json': `${JSON.stringify(asyncApiOf(subjects, facts, DOCUMENT_VERSION), null, 2)}\n`,
    'index.html': renderPage(subjects, facts, REASON_WORDS),
  };
  mkdirSync(out, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
  say(`${out}: ${Object.keys(files).join(', ')} of ${subjects.length} contracts`);
  return { command: 'schemas docs', out, files: Object.keys(files), contracts: subjects.length };
}

function valid(contract: Contract | SetupError): Contract {
  if (contract instanceof SetupError) throw contract;
  return contract;
}

function examplesOf({ files }: SchemaFolder, subject: string): Examples {
  const read = <T>(kind: 'pass' | 'fail', shape: (name: string, json: unknown) => T): T[] => {
    const folder = `${subject}/examples/${kind}/`;
    return [...files].flatMap(([path, text]) =>
      path.startsWith(folder) ? [shape(path.slice(folder.length), JSON.parse(text) as unknown)] : [],
    );
  };
  return {
    pass: read('pass', (name, event) => ({ name, event })),
    fail: read('fail', (name, json) => ({
      name,
      ...(json as { readonly expect: { readonly reason: string; readonly pointer: string } }).expect,
    })),
  };
}

function factsOf(config: ReturnType<typeof readLineFile> | null): LineFacts {
  const stream = config?.stream;
  const registry = config?.registry;
  const kafka = stream?.broker === 'kafka' ? stream : null;
  return {
    environment: config?.environment ?? 'prod',
    stream: stream?.name ?? 'events',
    signals: stream?.signals ?? 'signals',
    written: WRITTEN,
    reference: REFERENCE,
    kafka: kafka && {
      bootstrap: kafka.bootstrap,
      isEncrypted: kafka.tls !== undefined,
      mechanism: kafka.sasl?.mechanism ?? null,
    },
    registryUrl: registry?.kind === 'confluent' ? registry.urls[0] : null,
  };
}
