const advice: Partial<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space and run again',
  EDQUOT: 'The disk quota is used up: free some space and run again',
  EACCES: 'This user has no permission: change it, or run as another user',
  EPERM: 'This user has no permission: change it, or run as another user',
  EROFS: 'The file system is read-only: choose another folder',
  ENOENT: 'There is no such file or folder: check the path',
  ENOTDIR: 'A folder is needed, and this is a file: check the path',
  EEXIST: 'A folder is needed, and this is a file: check the path',
  EISDIR: 'A file is needed, and this is a folder: check the path',
};

/** What the operating system refused, as what to do about it. */
export function explainSystemError(error: NodeJS.ErrnoException): string {
  const known = advice[error.code ?? ''];
  return known === undefined ? error.message : `${known} (${error.message})`;
}

const unwritable = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'];

/** Of a path that leads nowhere, or where only others may write, or nobody; a full disk is not among them. */
export function isUnwritable(error: unknown): error is NodeJS.ErrnoException {
  return (
    typeof error === 'object' && error !== null && 'code' in error && unwritable.includes(String(error.code))
  );
}

export function isSystemError(error: Error): error is NodeJS.ErrnoException {
  return 'code' in error && 'syscall' in error;
}
