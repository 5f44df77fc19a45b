import { GondolaError, SetupError } from '@gondola/stream';

/** What a store was doing when the file system refused. */
export type Operation = 'read' | 'write' | 'link' | 'list' | 'delete';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS']);
/** What `link` answers where the file system has no hard links (FAT, many SMB, NFS and CSI mounts). */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'EINVAL']);

/** The error of the lake that a failed system call stands for. */
export function ioErrorOf(cause: unknown, operation: Operation, folder: string): GondolaError {
  const code = systemCodeOf(cause) ?? 'unknown error';
  if (operation === 'link' && NO_LINKS.has(code)) {
    return new SetupError(
      'lake_denied',
      `lake folder ${folder}: its file system cannot create hard links (${code}), without which two writers could ` +
        'overwrite each other. Put the lake on a local disk such as ext4, xfs or btrfs.',
      { cause },
    );
  }
  if (FULL.has(code)) {
    return new GondolaError('lake_full', `lake folder ${folder}: no space left (${code})`, true, { cause });
  }
  if (DENIED.has(code)) {
    return new SetupError(
      'lake_denied',
      `lake folder ${folder}: ${operation} refused (${code}). Give the user of this process the right to create and ` +
        'delete files there, or configure another folder.',
      { cause },
    );
  }
  if (code === 'ENOENT' && operation === 'write') {
    return new SetupError(
      'lake_denied',
      `lake folder ${folder}: a folder cannot be made there (${code}). Configure another folder.`,
      { cause },
    );
  }
  if (code === 'ENOTDIR') {
    return new SetupError(
      'lake_denied',
      `lake folder ${folder}: a part of this path is a file. Configure another folder.`,
      {
        cause,
      },
    );
  }
  return new GondolaError('lake_unavailable', `lake folder ${folder}: ${operation} failed (${code})`, true, {
    cause,
  });
}

/** `ENOENT` and the like, or null when this is not an error of a system call. */
export function systemCodeOf(error: unknown): string | null {
  // By shape: errors of Node's own modules may belong to another realm than ours.
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' && !(error instanceof GondolaError) ? error.code : null;
}
