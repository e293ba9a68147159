import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { imageBytes } from '#contracts';
import { fileFields, FormBody, formToInput, parseForm } from './form-body.js';

const input = z.object({
  image: imageBytes().describe('a file'),
  topK: z.int().default(5),
  exact: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
  sizes: z.array(z.int()).optional(),
  region: z.object({ x: z.int() }).optional(),
});

describe('formToInput', () => {
  const convert = (...entries: [string, string | Uint8Array][]) =>
    formToInput(new FormBody(entries.map(([name, value]) => ({ name, value }))), input);

  it('turns text into what the schema of its field wants, and keeps bytes', () => {
    const image = Uint8Array.of(1, 2);
    expect(convert(['image', image], ['topK', '3'], ['exact', 'true'])).toEqual({
      image,
      topK: 3,
      exact: true,
    });
  });

  it('leaves what does not convert for the schema to refuse', () => {
    expect(convert(['topK', 'three'], ['exact', 'yes'])).toEqual({ topK: 'three', exact: 'yes' });
  });

  it('makes a list of a field that is one, however often it is given, and an object of JSON', () => {
    expect(convert(['tags', 'a'], ['sizes', '1'], ['sizes', '2'], ['region', '{"x":3}'])).toEqual({
      tags: ['a'],
      sizes: [1, 2],
      region: { x: 3 },
    });
    expect(convert(['region', '{"x"'])).toEqual({ region: '{"x"' });
  });

  it('collects a repeated field, and takes no prototype from a field name', () => {
    const body = convert(['tags', 'a'], ['tags', 'b'], ['__proto__', 'x'], ['constructor', 'y']);
    expect(body['tags']).toEqual(['a', 'b']);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect(Object.keys(body)).toEqual(['tags', '__proto__', 'constructor']);
  });
});

describe('parseForm', () => {
  const parse = (body: string) => parseForm('multipart/form-data; boundary=x', Buffer.from(body));
  const part = (name: string, value: string) =>
    `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

  it('reads fields in order', async () => {
    const form = await parse(`${part('a', '1')}${part('b', 'two')}--x--\r\n`);
    expect(form.entries).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: 'two' },
    ]);
  });

  it('refuses more parts than a request may have', async () => {
    const body = `${Array.from({ length: 60 }, (_, i) => part(`f${i}`, 'v')).join('')}--x--\r\n`;
    await expect(parse(body)).rejects.toMatchObject({ code: 'request.too_large' });
  });

  it.each([
    ['a body cut in a header', '--x\r\ncontent-disp'],
    ['a body cut in a part', part('a', 'v')],
    ['nothing at all', ''],
  ])('refuses %s as malformed', async (_, body) => {
    await expect(parse(body)).rejects.toMatchObject({ code: 'request.malformed' });
  });

  it('refuses a content type without a boundary', async () => {
    await expect(parseForm('multipart/form-data', Buffer.from('x'))).rejects.toMatchObject({
      code: 'request.malformed',
    });
  });
});

describe('fileFields', () => {
  it('finds the fields that take a file', () => {
    expect(fileFields(input)).toEqual(['image']);
    expect(fileFields(z.object({ text: z.string() }))).toEqual([]);
  });
});
