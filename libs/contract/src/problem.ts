import type { QuarantineReason } from '@gondola/stream';

/** Why bytes are not an event of a contract. Messages name fields and rules, never their values. */
export class Problem {
  constructor(
    readonly reason: QuarantineReason,
    /** JSON pointer (RFC 6901) to the field at fault, `*` for an entry of a map, '' for the whole record. */
    readonly pointer: string,
    readonly message: string,
  ) {}
}

/** Returned by readers instead of a value; what went wrong is then in `Trouble`. */
export const FAIL = Symbol('fail');
export type Fail = typeof FAIL;

/**
 * Where a reader writes down what is wrong. The pointer is put together on the way out, from the inside, so that
 * good records pay nothing for it.
 */
export class Trouble {
  reason: QuarantineReason = 'decode_failed';
  pointer = '';
  message = '';

  fail(reason: QuarantineReason, message: string): Fail {
    this.reason = reason;
    this.pointer = '';
    this.message = message;
    return FAIL;
  }

  within(step: string | number): Fail {
    this.pointer = `/${pointerStep(step)}${this.pointer}`;
    return FAIL;
  }

  /** Within an entry of a map: its key came with the record, so it may name a person. */
  withinEntry(): Fail {
    return this.within('*');
  }

  toProblem(): Problem {
    // Bytes that lost their meaning did so for the whole record: the field is only where it was noticed.
    return new Problem(this.reason, this.reason === 'decode_failed' ? '' : this.pointer, this.message);
  }
}

function pointerStep(step: string | number): string {
  return typeof step === 'number' ? String(step) : step.replaceAll('~', '~0').replaceAll('/', '~1');
}
