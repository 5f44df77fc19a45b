/** Names that we give to files large enough for parts; what others upload to the same folder is theirs. */
const OURS = /^(?:part-[0-9a-f]{8}-[0-9a-f-]{27}\.zstd\.parquet|\d+\.bin)$/;
/** As a disk names what it has not finished writing, which vacuum knows. */
const UNFINISHED = /^(.*\/|)\.gondola-tmp-upload-([\w-]+)~([^/]+)$/;

/** A key for an upload in parts that was begun and not ended, null when it is not ours. */
export function unfinishedKey(key: string, uploadId: string): string | null {
  const at = key.lastIndexOf('/') + 1;
  const name = key.slice(at);
  if (!OURS.test(name)) return null;
  return `${key.slice(0, at)}.gondola-tmp-upload-${Buffer.from(uploadId).toString('base64url')}~${name}`;
}

/** The upload behind such a key, null for the key of an object. */
export function unfinishedOf(key: string): { readonly Key: string; readonly UploadId: string } | null {
  const [, folder, id, name] = UNFINISHED.exec(key) ?? [];
  if (folder === undefined || id === undefined || name === undefined) return null;
  return { Key: folder + name, UploadId: Buffer.from(id, 'base64url').toString() };
}
