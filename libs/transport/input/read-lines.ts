import { isUtf8 } from 'node:buffer';
import { AppError } from '#kernel';

export interface LineLimits {
  /** Of one line, without its line break. */
  maxLineBytes: number;
  /** Of everything. */
  maxBytes: number;
}

export interface Line {
  /** From 1, blank lines counted. */
  number: number;
  text: string;
}

const lineFeed = 0x0a;

/**
 * The lines of a stream that are not blank, one at a time: it holds one line and one chunk, and reads no further than
 * it is asked. Line breaks are LF or CRLF.
 * @throws AppError `request.too_large`, `request.malformed` (bytes that are not UTF-8), each naming the line
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { maxLineBytes, maxBytes }: LineLimits,
): AsyncGenerator<Line> {
  let number = 1;
  let bytes = 0;
  let parts: Uint8Array[] = [];
  let lineBytes = 0;
  const keep = (part: Uint8Array) => {
    lineBytes += part.length;
    if (lineBytes > maxLineBytes) {
      const limit = { name: 'job.line', value: maxLineBytes, unit: 'bytes' };
      throw new AppError('request.too_large', { detail: `Line ${number} is too long`, limit });
    }
    parts.push(part);
  };
  const take = (): Line | undefined => {
    const line = Buffer.concat(parts);
    parts = [];
    lineBytes = 0;
    if (!isUtf8(line)) {
      throw new AppError('request.malformed', { detail: `Line ${number} is not valid UTF-8` });
    }
    const text = line.toString().trim();
    number += 1;
    return text === '' ? undefined : { number: number - 1, text };
  };
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      const limit = { name: 'job.upload', value: maxBytes, unit: 'bytes' };
      throw new AppError('request.too_large', { detail: 'The upload is too large', limit });
    }
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      const line = take();
      if (line !== undefined) yield line;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  const last = take();
  if (last !== undefined) yield last;
}
