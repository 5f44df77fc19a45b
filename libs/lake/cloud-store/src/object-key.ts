/** The key of `path` below `prefix`. Throws where the path leads elsewhere: URLs would follow it out of the lake. */
export function objectKey(prefix: string, path: string): string {
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`${path} is not inside the lake`);
  return prefix === '' ? path : `${prefix}/${path}`;
}

/** What the keys of everything below `folder` begin with; '' is the whole lake. */
export function folderKey(prefix: string, folder: string): string {
  if (folder !== '') return `${objectKey(prefix, folder)}/`;
  return prefix === '' ? '' : `${prefix}/`;
}
