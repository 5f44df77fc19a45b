import { isWindowSection } from '@gondola/validate';

const MODEL = Buffer.from('GMDL');
const PROMOTED = Buffer.from('GPRM');

/** The hash of the model that a state was kept with, as a section of the state. */
export const modelSection = (hash: string): Uint8Array => Buffer.concat([MODEL, Buffer.from(hash)]);

/** Items whose promotions the catalog told: what it tells no more is over, also if that was while no detector ran. */
export const promotedSection = (itemIds: Iterable<string>): Uint8Array =>
  Buffer.concat([PROMOTED, Buffer.from(JSON.stringify([...itemIds]))]);

/** Null: another section. */
function textOfSection(section: Uint8Array, name: Buffer): string | null {
  const bytes = Buffer.from(section.buffer, section.byteOffset, section.length);
  return bytes.subarray(0, name.length).equals(name) ? bytes.toString('utf8', name.length) : null;
}

/** What a snapshot holds, by whom it is for. */
export interface SortedSections {
  /** What dedupe has seen. */
  readonly seen: readonly Uint8Array[];
  /** Null in states that do not say it. */
  readonly modelHash: string | null;
  /** See `promotedSection`; empty in states that do not say it. */
  readonly promoted: readonly string[];
  /** The engine's. */
  readonly shelves: readonly Uint8Array[];
}

export function sortSections(sections: readonly Uint8Array[]): SortedSections {
  const seen: Uint8Array[] = [];
  const shelves: Uint8Array[] = [];
  let modelHash: string | null = null;
  let promoted: readonly string[] = [];
  for (const section of sections) {
    if (isWindowSection(section)) {
      seen.push(section);
      continue;
    }
    const hash = textOfSection(section, MODEL);
    const itemIds = textOfSection(section, PROMOTED);
    if (hash !== null) modelHash ??= hash;
    else if (itemIds !== null) promoted = JSON.parse(itemIds) as string[];
    else shelves.push(section);
  }
  return { seen, modelHash, promoted, shelves };
}
