import { appendFile, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LineageWriter } from './outbox.js';
import type { RunEvent } from './run-event.js';

export interface FileWriterOptions {
  readonly file: string;
  readonly fileBytesMax: number;
  /** Full files that are kept: `file.1` is the newest. */
  readonly filesMax: number;
}

/** JSON lines, one event each. A line that a killed process cut short stays alone on its line. */
export class FileWriter implements LineageWriter {
  readonly address: string;
  /** Null: not looked at yet, or a write failed and nobody knows how much of it is there. */
  private bytes: number | null = null;

  constructor(private readonly options: FileWriterOptions) {
    this.address = options.file;
  }

  async write(events: readonly RunEvent[]): Promise<number> {
    const { file, fileBytesMax } = this.options;
    const text = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    let bytes = this.bytes ?? (await this.look());
    this.bytes = null;
    if (bytes > 0 && bytes + text.length > fileBytesMax) {
      await this.rotate();
      bytes = 0;
    }
    await appendFile(file, text);
    this.bytes = bytes + text.length;
    return events.length;
  }

  private async look(): Promise<number> {
    const { file } = this.options;
    await mkdir(dirname(file), { recursive: true });
    const size = await sizeOf(file);
    if (size === 0 || (await endsInLine(file, size))) return size;
    await appendFile(file, '\n');
    return size + 1;
  }

  private async rotate(): Promise<void> {
    const { file, filesMax } = this.options;
    for (let number = filesMax - 1; number >= 1; number--)
      await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(ignoreMissing);
    await rename(file, `${file}.1`).catch(ignoreMissing);
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    ignoreMissing(error);
    return 0;
  }
}

async function endsInLine(file: string, size: number): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: size - 1 });
    return buffer.toString('latin1') === '\n';
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
