import { readFileSync } from 'node:fs';
import type { LineageConfig } from '@gondola/config';
import { SetupError } from '@gondola/stream';
import { FileWriter } from './file-writer.js';
import { HttpWriter } from './http-writer.js';
import { Outbox, type LineageWriter, type OutboxOptions } from './outbox.js';

/** Events of all pipelines of a process go through one. Errors: `config_invalid`. */
export function openOutbox(
  config: NonNullable<LineageConfig>,
  tools: Omit<OutboxOptions, 'writer'>,
): Pick<Outbox, 'add' | 'close'> {
  return new Outbox({ ...tools, writer: writerOf(config) });
}

function writerOf({
  file,
  url,
  fileBytesMax,
  filesMax,
  authorizationFile,
}: NonNullable<LineageConfig>): LineageWriter {
  if (url !== undefined)
    return new HttpWriter({ url, authorization: authorizationFile ? readSecret(authorizationFile) : null });
  if (file !== undefined) return new FileWriter({ file, fileBytesMax, filesMax });
  throw new SetupError('config_invalid', 'lineage: file or url must be set');
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SetupError('config_invalid', `lineage.authorizationFile: ${file} cannot be read: ${why}`, {
      cause: error,
    });
  }
}
