import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readCursor, writeCursor } from './page-cursor.js';

const place = z.strictObject({ id: z.string(), of: z.object({ name: z.string() }) });
const wholePlace = { id: 'é', of: { name: '' } };

describe('a cursor', () => {
  it('is read as it was written', () => {
    expect(readCursor(place, writeCursor(wholePlace))).toEqual(wholePlace);
  });

  it.each([
    ['not base64', '%'],
    ['of another list', writeCursor({ id: 1 })],
    ['with NUL, which no database takes', writeCursor({ ...wholePlace, id: 'a\0' })],
    ['with half a character further in', writeCursor({ ...wholePlace, of: { name: '\ud800' } })],
  ])('%s is refused by name', (_, cursor) => {
    expect(() => readCursor(place, cursor)).toThrow('cursor: is not a cursor of this list');
  });
});
