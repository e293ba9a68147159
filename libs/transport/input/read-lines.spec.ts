import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readLines, type Line } from './read-lines.js';

const limits = { maxLineBytes: 1_000, maxBytes: 100_000 };

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size)
    yield await Promise.resolve(bytes.subarray(start, start + size));
}

async function all(text: string | Uint8Array, size = 7, bounds = limits): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(inPieces(Buffer.from(text), size), bounds)) lines.push(line);
  return lines;
}

describe('readLines', () => {
  it('gives the same lines however the bytes are cut, also inside a character', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll(/\s/g, '.'))),
      fc.integer({ min: 1, max: 40 }),
      async (texts, size) => {
        const lines = await all(texts.join('\n'), size);
        const expected = texts.flatMap((text, i) => (text === '' ? [] : [{ number: i + 1, text }]));
        expect(lines).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('counts blank lines and takes CRLF, with and without a last line break', async () => {
    const lines = [
      { number: 1, text: 'a' },
      { number: 3, text: 'b' },
    ];
    expect(await all('a\r\n\r\nb\r\n')).toEqual(lines);
    expect(await all('a\n  \nb')).toEqual(lines);
    expect(await all('')).toEqual([]);
  });

  it('refuses a line past its bound before the line has ended', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('ok\n'));
      for (;;) yield await Promise.resolve(Buffer.alloc(400, 'x'));
    }
    const reading = (async () => {
      for await (const { text } of readLines(endless(), limits)) expect(text).toBe('ok');
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'request.too_large',
      facts: { detail: 'Line 2 is too long', limit: { name: 'job.line', value: 1_000 } },
    });
  });

  it('refuses an upload past its bound, and bytes that are not UTF-8', async () => {
    await expect(all('a\n'.repeat(60), 7, { ...limits, maxBytes: 100 })).rejects.toMatchObject({
      facts: { limit: { name: 'job.upload', value: 100 } },
    });
    await expect(all(Buffer.of(0x61, 0x0a, 0xff, 0x0a))).rejects.toMatchObject({
      code: 'request.malformed',
      facts: { detail: 'Line 2 is not valid UTF-8' },
    });
  });

  it('reads no further than it is asked', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read += 1;
        yield await Promise.resolve(Buffer.from('line\n'));
      }
    }
    const lines = readLines(counted(), limits);
    for (let i = 0; i < 5; i++) await lines.next();
    expect(read).toBeLessThanOrEqual(6);
  });
});
