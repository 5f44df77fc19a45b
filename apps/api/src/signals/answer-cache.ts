import { createHash } from 'node:crypto';
import type { HttpReply } from '@gondola/nest';

/** What a client gets, as it goes over the wire. */
interface Answer {
  readonly body: Buffer;
  readonly tag: string;
}

/**
 * Of one version: a board asks the same few questions, and who makes up others must not fill the memory. 64 MB outside of the heap make the
 * collector look at all of it.
 */
const KEPT_BYTES_MAX = 4_000_000;
/** Of an answer beside its body and question. */
const ENTRY_BYTES = 500;

/**
 * Answers to what many ask alike (each open board asks for the same pages each few seconds), made once between two changes of what
 * they are made of: JSON of a page of 100 signals costs ten times what all else of its request does.
 */
export class AnswerCache {
  private readonly answers = new Map<string, Answer>();
  private keptBytes = 0;
  private version = '';

  /** `versionOf`: of everything that answers are made of. */
  constructor(private readonly versionOf: () => string) {}

  /** JSON that `make` returns; `question`: all that it depends on beside the version. Sets the tag of `reply`. */
  answer(reply: HttpReply, question: unknown, make: () => Buffer): Buffer {
    const { body, tag } = this.of(JSON.stringify(question), make);
    reply.header('content-type', 'application/json; charset=utf-8').header('etag', tag);
    return body;
  }

  private of(key: string, make: () => Buffer): Answer {
    this.forgetOlder(this.versionOf());
    const known = this.answers.get(key);
    if (known) return known;
    const answer = answerOf(make());
    const bytes = answer.body.length + 2 * key.length + ENTRY_BYTES;
    if (this.keptBytes + bytes <= KEPT_BYTES_MAX) {
      this.answers.set(key, answer);
      this.keptBytes += bytes;
    }
    return answer;
  }

  private forgetOlder(version: string): void {
    if (version === this.version) return;
    this.version = version;
    this.answers.clear();
    this.keptBytes = 0;
  }
}

function answerOf(body: Buffer): Answer {
  return { body, tag: `"${createHash('sha1').update(body).digest('base64')}"` };
}

/**
 * JSON of an answer, of whose lists each entry is JSON already; `rest` has a field at least. As bytes, written once: a text of 200 KB
 * is copied whole when it is put together, hashed and sent, and each copy is a mapping of the heap that the next collection gives back.
 */
export function answerJson<Answer extends object, Lists extends keyof Answer & string>(
  lists: Readonly<Record<Lists, readonly string[]>>,
  rest: Omit<Answer, Lists>,
): Buffer {
  const parts = Object.entries<readonly string[]>(lists).flatMap(([name, all]) => [
    `"${name}":[`,
    ...all.map((one, at) => (at === 0 ? one : `,${one}`)),
    '],',
  ]);
  return bytesOf(['{', ...parts, JSON.stringify(rest).slice(1)]);
}

function bytesOf(texts: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  let end = 0;
  for (const text of texts) end += bytes.write(text, end);
  return bytes;
}
