import type { Signal } from '@gondola/events';
import type { Clock } from '@gondola/stream';
import type { SignalStore } from '../signals/signal-store.js';
import type { VerdictStore } from './verdict-store.js';

/** Who has not answered by then is taken to have been called elsewhere. */
const TAKEN_MS = 30 * 60_000;

/** Somebody is on the way to a shelf. Who it is is nobody's business here. */
export interface TakingView {
  /** Of the verdict TAKEN: what an UNDO names. */
  readonly eventId: string;
  /** Where it was said, e.g. `card` or `board`. */
  readonly channel: string | null;
  readonly atMs: number;
  /** Then it ends by itself. */
  readonly untilMs: number;
}

export type TakenOf = (
  signal: Pick<Signal, 'signalId' | 'episodeId' | 'storeId' | 'itemId'>,
) => TakingView | null;

/**
 * Whether somebody is on the way to the shelf of a signal: since a TAKEN of its episode, until that is taken back, somebody
 * says what they found, the shelf is well again, or half an hour is over.
 */
export function createTakenOf(
  signals: Pick<SignalStore, 'signalOf' | 'shelf'>,
  verdicts: Pick<VerdictStore, 'takingOf'>,
  clock: Pick<Clock, 'nowMs'>,
): TakenOf {
  return ({ signalId, episodeId, storeId, itemId }) => {
    const taking = verdicts.takingOf(storeId, itemId);
    if (!taking) return null;
    const { eventId, channel, atMs } = taking;
    const untilMs = atMs + TAKEN_MS;
    if (untilMs <= clock.nowMs()) return null;
    if (signals.shelf(storeId, itemId)?.open?.episodeId !== episodeId) return null;
    // The signal that it was said of may have been followed by others of the same episode.
    const isOfEpisode =
      taking.signalId === signalId || signals.signalOf(taking.signalId ?? '')?.episodeId === episodeId;
    return isOfEpisode ? { eventId, channel, atMs, untilMs } : null;
  };
}
