/** Several states as one: u32 length (little-endian) before each part. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(part.length);
      return [length, part];
    }),
  );
}

export function splitParts(bytes: Uint8Array): Uint8Array[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < view.length;) {
    const end = at + 4 + view.readUInt32LE(at);
    parts.push(view.subarray(at + 4, end));
    at = end;
  }
  return parts;
}
