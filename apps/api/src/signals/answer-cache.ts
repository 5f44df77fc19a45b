import { createHash } from 'node:crypto';
import type { HttpReply } from '@gondola/nest';

/** What a client gets, as it goes over the wire. */
interface Answer {
  readonly body: Buffer;
  readonly tag: string;
}

/** Questions that are remembered: a board asks the same few, and who makes up others must not fill the memory. */
const QUESTIONS_MAX = 32;

/**
 * Answers to what many ask alike (each open board asks for the same pages each few seconds), made once between two changes of what
 * they are made of: JSON of a page of 100 signals costs ten times what all else of its request does. What was asked once is not kept:
 * pages of a thousand stores, each held until the next change, made every collection of the young three times as long.
 */
export class AnswerCache {
  /** By question, the one asked longest ago first; null: its answer is not kept, or no longer true. */
  private readonly answers = new Map<string, Answer | null>();
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
    const version = this.versionOf();
    if (version !== this.version) for (const old of this.answers.keys()) this.answers.set(old, null);
    this.version = version;
    const known = this.answers.get(key);
    const answer = known ?? answerOf(make());
    this.answers.delete(key);
    this.answers.set(key, known === undefined ? null : answer);
    if (this.answers.size > QUESTIONS_MAX) this.answers.delete(this.answers.keys().next().value ?? key);
    return answer;
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
