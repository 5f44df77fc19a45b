import { bitWidthOf, packFlags, packInts } from './bit-packing.js';
import type { ByteSink } from './byte-sink.js';

/** Shorter runs cost less packed than a run of their own and the begin of another packed run after it. */
const RUN_MIN = 16;

/** The hybrid of run lengths and bit packing (Encodings.md, RLE = 3) of `values[from, to)`, without a length in front. */
export function writeHybrid(
  sink: ByteSink,
  values: Int32Array,
  from: number,
  to: number,
  width: number,
): void {
  let packedFrom = from;
  let at = from;
  while (at < to) {
    const value = values[at];
    let runEnd = at + 1;
    while (runEnd < to && values[runEnd] === value) runEnd++;
    // Packed values come in eights: the run gives what the last eight lacks.
    const runFrom = at + ((8 - ((at - packedFrom) & 7)) & 7);
    if (runEnd - runFrom >= RUN_MIN || (runEnd === to && at === packedFrom)) {
      if (runFrom > packedFrom) writePacked(sink, values, packedFrom, runFrom, width);
      writeRun(sink, value, runEnd - runFrom, width);
      packedFrom = runEnd;
    }
    at = runEnd;
  }
  if (packedFrom < to) writePacked(sink, values, packedFrom, to, width);
}

/** Definition levels of 0 and 1, with their length in front, as a data page v1 wants them. */
function writeFlagLevels(sink: ByteSink, flags: Uint8Array, from: number, to: number): void {
  const lengthAt = beginLength(sink);
  const first = flags[from];
  let same = from + 1;
  while (same < to && flags[same] === first) same++;
  if (same >= to) writeRun(sink, first, to - from, 1);
  else {
    sink.varint((Math.ceil((to - from) / 8) << 1) | 1);
    packFlags(sink, flags, from, to);
  }
  endLength(sink, lengthAt);
}

/** All levels the same. */
export function writeConstantLevels(sink: ByteSink, level: number, count: number): void {
  const lengthAt = beginLength(sink);
  writeRun(sink, level, count, bitWidthOf(level));
  endLength(sink, lengthAt);
}

export function writeLevels(
  sink: ByteSink,
  levels: Uint8Array,
  from: number,
  to: number,
  levelMax: number,
): void {
  if (levelMax === 1) return writeFlagLevels(sink, levels, from, to);
  const lengthAt = beginLength(sink);
  const wide = Int32Array.from(levels.subarray(from, to));
  writeHybrid(sink, wide, 0, wide.length, bitWidthOf(levelMax));
  endLength(sink, lengthAt);
}

function writeRun(sink: ByteSink, value: number, count: number, width: number): void {
  sink.varint(count * 2);
  for (let bits = 0; bits < width; bits += 8) sink.byte((value >>> bits) & 0xff);
}

function writePacked(sink: ByteSink, values: Int32Array, from: number, to: number, width: number): void {
  const groups = Math.ceil((to - from) / 8);
  sink.varint(groups * 2 + 1);
  const whole = (to - from) & ~7;
  packInts(sink, values, from, whole, width);
  if (from + whole === to) return;
  const last = new Int32Array(8);
  last.set(values.subarray(from + whole, to));
  packInts(sink, last, 0, 8, width);
}

function beginLength(sink: ByteSink): number {
  sink.int32(0);
  return sink.end;
}

function endLength(sink: ByteSink, lengthAt: number): void {
  sink.view.setInt32(lengthAt - 4, sink.end - lengthAt, true);
}
