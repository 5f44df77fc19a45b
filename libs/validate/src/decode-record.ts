import { isUtf8 } from 'node:buffer';
import { Problem, type Contract, type Event } from '@gondola/contract';
import type { Frame, FramingDeps } from './framing.js';

/** Whose record it is, as far as that is known, and its event, or why it has none. */
export interface Recognised {
  readonly event: Event | Problem;
  readonly contract: Contract | null;
  readonly version: number | null;
}

/** Decodes the value of a record, `bytes[start, end)`, whose frame is known. Never throws. */
export type DecodeRecord = (frame: Frame, bytes: Buffer, start: number, end: number) => Recognised;

/** Of a CloudEvents envelope, whose contract is only known once it is parsed. */
const ENVELOPE_BYTES_MAX = 1_048_576;

/** The way of every record that cannot be read straight into columns, and of all that have something wrong. */
export function createDecodeRecord({ registry, defaultSubject }: FramingDeps): DecodeRecord {
  const byDefault = defaultSubject === null ? null : registry.contractOf(defaultSubject);
  const jsonBytesMax = Math.max(ENVELOPE_BYTES_MAX, byDefault?.valueBytesMax ?? 0);

  function structuredOrDefault(bytes: Buffer, start: number, end: number): Recognised {
    const length = end - start;
    if (length > jsonBytesMax) return tooLarge(jsonBytesMax, null, null);
    const parsed = parseJson(bytes, start, end);
    if (parsed instanceof Problem) return { event: parsed, contract: null, version: null };
    const envelope = parsed as { specversion?: unknown; type?: unknown; data?: unknown };
    const isEnvelope =
      typeof envelope.specversion === 'string' &&
      typeof envelope.type === 'string' &&
      envelope.data !== undefined;
    const contract = isEnvelope ? registry.contractOf(String(envelope.type)) : byDefault;
    if (!contract)
      return isEnvelope
        ? refused('subject_unknown', 'no contract has the type in the CloudEvents envelope')
        : refused('subject_unknown', 'plain JSON, and the stream has no default subject');
    const version = contract.newestVersion;
    if (length > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
    return { event: contract.decodeJson(isEnvelope ? envelope.data : parsed), contract, version };
  }

  return ({ contract, version, encoding, prefixBytes }, bytes, start, end) => {
    if (encoding === 'json or envelope' || !contract) return structuredOrDefault(bytes, start, end);
    const from = start + prefixBytes;
    if (encoding === 'avro')
      return { event: contract.decodeAvro(bytes, from, end, version), contract, version };
    const parsed = parseJson(bytes, from, end);
    return { event: parsed instanceof Problem ? parsed : contract.decodeJson(parsed), contract, version };
  };
}

/** A record that does not get as far as having a contract. */
export function refused(reason: Problem['reason'], message: string): Recognised {
  return { event: new Problem(reason, '', message), contract: null, version: null };
}

export function tooLarge(bytesMax: number, contract: Contract | null, version: number | null): Recognised {
  return { event: new Problem('value_too_large', '', `more than ${bytesMax} bytes`), contract, version };
}

function parseJson(bytes: Buffer, start: number, end: number): unknown {
  // Decoding puts U+FFFD where bytes are wrong: they have to be looked at before.
  if (!isUtf8(bytes.subarray(start, end))) return new Problem('decode_failed', '', 'not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    // The parser's own message quotes the text, which may be personal.
    return new Problem('decode_failed', '', 'not JSON');
  }
}
