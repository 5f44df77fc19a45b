/** Works in pieces, between which others of this process have their turn; returns what the work does. */
export async function inTurns<T>(pieces: Generator<void, T, void>): Promise<T> {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    await new Promise(setImmediate);
  }
}
