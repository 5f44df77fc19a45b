/** When a pipeline publishes what it buffers: whichever limit is reached first. */
export interface BatchPolicy {
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly ageMsMax: number;
  /** Of the oldest row in the buffers, where rows are few and somebody waits for them. */
  readonly rowsAgeMsMax?: number;
  /** Days of event time: each is a file, and a flush of very many would hold up reading for as long as they take. */
  readonly daysMax: number;
  /** Of the whole process. Above it the buffer is published early: a smaller file is better than a killed process. */
  readonly memoryBytesMax: number;
}

export interface BufferState {
  readonly rows: number;
  readonly bytes: number;
  /** Of the table with most of them. */
  readonly days: number;
  /** Age of the oldest record read since the last commit, 0 when there is none. */
  readonly ageMs: number;
  /** Since there are rows in the buffers. */
  readonly rowsAgeMs?: number;
  readonly memoryBytes: number;
}

/** Below this share of `bytesMax` memory is held by something else, and tiny files would not give it back. */
const PRESSED_SHARE_MIN = 1 / 8;

export function isFlushDue(policy: BatchPolicy, state: BufferState): boolean {
  const { rows, bytes, days, ageMs, rowsAgeMs = 0, memoryBytes } = state;
  const isPressed = memoryBytes >= policy.memoryBytesMax && bytes >= PRESSED_SHARE_MIN * policy.bytesMax;
  const isFull = rows >= policy.rowsMax || bytes >= policy.bytesMax || days >= policy.daysMax;
  const isAwaited = rows > 0 && rowsAgeMs >= (policy.rowsAgeMsMax ?? Infinity);
  return isFull || ageMs >= policy.ageMsMax || isAwaited || isPressed;
}
