import { describe, expect, it } from '@jest/globals';
import { imageBytes, maxImageBytes } from './bytes.js';

describe('imageBytes', () => {
  const schema = imageBytes();

  it('takes base64 of the largest image without overflowing the stack', () => {
    const bytes = Buffer.alloc(maxImageBytes, 7);
    // Not `toEqual`, which compares ten million bytes one by one.
    expect(Buffer.from(schema.parse(bytes.toString('base64'))).equals(bytes)).toBe(true);
  });

  it.each(['QQ==', 'QUI=', 'QUJD', '/+8=', 'QR=='])('takes %j', (text) => {
    expect(schema.parse(text)).toEqual(Buffer.from(text, 'base64'));
  });

  it.each([
    'a',
    'abc',
    'a===',
    'ab=c',
    'ab\ncd',
    'QQ==QQ==',
    'Q Q=QUJD',
    'AA_-AAAA',
    'AAAA_-AA',
    'data:image/png;base64,AAAA',
    '',
  ])('refuses %j', (text) => {
    expect(schema.safeParse(text).success).toBe(false);
  });

  it('refuses a file above the limit', () => {
    expect(schema.safeParse(new Uint8Array(maxImageBytes + 1)).success).toBe(false);
  });
});
