/** When a pipeline publishes what it buffers: whichever limit is reached first. */
export interface BatchPolicy {
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

export interface BufferState {
  readonly rows: number;
  readonly bytes: number;
  /** Age of the oldest record read since the last commit, 0 when there is none. */
  readonly ageMs: number;
}

export function isFlushDue(policy: BatchPolicy, state: BufferState): boolean {
  return state.rows >= policy.rowsMax || state.bytes >= policy.bytesMax || state.ageMs >= policy.ageMsMax;
}
