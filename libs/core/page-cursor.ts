import { z } from 'zod';
import { AppError } from '#kernel';

/** Cursors are opaque to callers: what they hold may change, so it is not theirs to build. */
export function writeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws AppError `request.invalid` for anything that `writeCursor` did not write for this kind of page */
export function readCursor<S extends z.ZodType>(schema: S, cursor: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString(), asStored));
  } catch (cause) {
    const issues = [{ path: 'cursor', message: 'is not a cursor of this list' }];
    throw new AppError(
      'request.invalid',
      { detail: 'cursor: is not a cursor of this list', issues },
      { cause },
    );
  }
}

/** Every text of a place is compared with a column, and PostgreSQL refuses a statement with NUL or half a character in it. */
function asStored(_: string, value: unknown): unknown {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
    throw new SyntaxError('no text that a database can hold');
  return value;
}
