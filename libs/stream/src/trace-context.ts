import { AsyncLocalStorage } from 'node:async_hooks';

/** Where one is in a trace. Ids are lower-case hex, of 32 and 16 digits. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Whoever began the trace wants it recorded. */
  readonly isSampled: boolean;
}

const VERSION_0 = 55;
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent` by W3C Trace Context (level 2, section 3.2): null for anything malformed, which then counts as not
 * there. Of a later version what is known of this one is read, as the specification wants it.
 */
export function parseTraceparent(text: string): TraceContext | null {
  const found = TRACEPARENT.exec(text);
  if (!found) return null;
  const [, version, traceId, spanId, flags] = found;
  if (version === 'ff' || (version === '00' && text.length !== VERSION_0)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

const current = new AsyncLocalStorage<TraceContext>();

/** Runs something, and what it waits for, as part of a span; null: of none. */
export function inTrace<T>(context: TraceContext | null, action: () => T): T {
  return context ? current.run(context, action) : action();
}

/** Of the span that the caller runs in; null outside of any, and where nothing is traced. */
export function currentTrace(): TraceContext | null {
  return current.getStore() ?? null;
}
