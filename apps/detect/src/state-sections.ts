import { isWindowSection } from '@gondola/validate';

const SECTION = Buffer.from('GMDL');

/** The hash of the model that a state was kept with, as a section of the state. */
export const modelSection = (hash: string): Uint8Array => Buffer.concat([SECTION, Buffer.from(hash)]);

/** Null: another section. */
function hashOfSection(section: Uint8Array): string | null {
  const bytes = Buffer.from(section.buffer, section.byteOffset, section.length);
  return bytes.subarray(0, SECTION.length).equals(SECTION) ? bytes.toString('utf8', SECTION.length) : null;
}

/** What a snapshot holds, by whom it is for. */
export interface SortedSections {
  /** What dedupe has seen. */
  readonly seen: readonly Uint8Array[];
  /** Null in states that do not say it. */
  readonly modelHash: string | null;
  /** The engine's. */
  readonly shelves: readonly Uint8Array[];
}

export function sortSections(sections: readonly Uint8Array[]): SortedSections {
  const seen: Uint8Array[] = [];
  const shelves: Uint8Array[] = [];
  let modelHash: string | null = null;
  for (const section of sections) {
    if (isWindowSection(section)) {
      seen.push(section);
      continue;
    }
    const hash = hashOfSection(section);
    if (hash === null) shelves.push(section);
    else modelHash ??= hash;
  }
  return { seen, modelHash, shelves };
}
