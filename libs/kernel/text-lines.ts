/**
 * Lines that end with LF, whatever else they hold. `node:readline` also ends one at U+2028 and U+2029, which JSON may
 * have in its texts: a name that somebody chose would cut the line that it is in.
 * @param maxLength most UTF-16 code units of a line
 * @throws RangeError when one is longer
 */
export async function* textLines(
  chunks: AsyncIterable<string>,
  maxLength = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    for (const [index, part] of chunk.split('\n').entries()) {
      if (index > 0) {
        yield parts.join('');
        parts = [];
        length = 0;
      }
      length += part.length;
      if (length > maxLength) throw new RangeError('a line is too long');
      parts.push(part);
    }
  }
  if (length > 0) yield parts.join('');
}
