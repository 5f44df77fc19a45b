import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { addKey } from '@gondola/collector';
import type { LakeAddress } from '@gondola/config';
import { lineFiles, writeWhole } from './line.js';

/** Of the producer of a line that lives in one folder: it shares the machine with everything else. */
const EVENTS_PER_SECOND = 10_000;

/**
 * For lines that live in one folder: the key of their one producer is made with them, and the file of hashes that the
 * collector reads.
 */
export function makeProducerKey(lake: LakeAddress, environment: string): void {
  const { producerKeys, producerKey } = lineFiles(lake);
  if (existsSync(producerKeys) && existsSync(producerKey)) return;
  const entry = { producer: 'local', environment, subjects: ['*'], eventsPerSecond: EVENTS_PER_SECOND };
  writeWhole(producerKey, addKey(producerKeys, entry, randomBytes));
}
