import type { WriteStream } from 'node:tty';

/** Progress is one line rewritten in place on a terminal, and nothing elsewhere. */
export function createProgress(stream: WriteStream) {
  let isOpen = false;
  const end = () => {
    if (isOpen) stream.write('\n');
    isOpen = false;
  };
  return {
    progress(text: string) {
      if (!stream.isTTY) return;
      stream.write(`\r${text.slice(0, stream.columns - 1)}\x1b[K`);
      isOpen = true;
    },
    say(text: string) {
      end();
      stream.write(`${text}\n`);
    },
    end,
  };
}
