import { createHash } from 'node:crypto';
import type { HttpReply } from '@gondola/nest';

/** What a client gets, as it goes over the wire. */
interface Answer {
  /** Not bytes: those are outside of the heap, and 64 MB of them make the collector look at all of it. */
  readonly body: string;
  readonly tag: string;
}

/** Questions of one version: a board asks the same few, and who makes up others must not fill the memory. */
const ANSWERS_MAX = 32;

/**
 * Answers to what many ask alike (each open board asks for the same pages each few seconds), made once between two changes of what
 * they are made of: JSON of a page of 100 signals costs ten times what all else of its request does.
 */
export class AnswerCache {
  private readonly answers = new Map<string, Answer>();
  private version = '';

  /** `versionOf`: of everything that answers are made of. */
  constructor(private readonly versionOf: () => string) {}

  /** JSON that `make` returns; `question`: all that it depends on beside the version. Sets the tag of `reply`. */
  answer(reply: HttpReply, question: unknown, make: () => string): string {
    const { body, tag } = this.of(JSON.stringify(question), make);
    reply.header('content-type', 'application/json; charset=utf-8').header('etag', tag);
    return body;
  }

  private of(key: string, make: () => string): Answer {
    const version = this.versionOf();
    if (version !== this.version) this.answers.clear();
    this.version = version;
    const known = this.answers.get(key);
    if (known) return known;
    const body = make();
    const answer = { body, tag: `"${createHash('sha1').update(body).digest('base64')}"` };
    if (this.answers.size < ANSWERS_MAX) this.answers.set(key, answer);
    return answer;
  }
}

/** JSON of an answer, of whose lists each entry is JSON already; `rest` has a field at least. */
export function answerJson<Answer extends object, Lists extends keyof Answer & string>(
  lists: Readonly<Record<Lists, readonly string[]>>,
  rest: Omit<Answer, Lists>,
): string {
  const parts = Object.entries<readonly string[]>(lists).map(([name, all]) => `"${name}":[${all.join()}]`);
  return `{${parts.join()},${JSON.stringify(rest).slice(1)}`;
}
