import { describe, expect, it } from '@jest/globals';
import { createSeal } from './seal.js';

const key = Buffer.alloc(32, 1);
const plain = Buffer.from('{"translations":[{"text":"Olá"}]}');

describe('seal', () => {
  it('gives back what was sealed, and never seals alike twice', () => {
    const seal = createSeal(key);
    const sealed = seal.seal(plain, 'row 1');
    expect(seal.open(sealed, 'row 1')).toEqual(plain);
    expect(Buffer.from(sealed).includes('translations')).toBe(false);
    expect(seal.seal(plain, 'row 1')).not.toEqual(sealed);
  });

  it('never uses a nonce twice, however many values it seals', () => {
    const seal = createSeal(key);
    const nonces = Array.from({ length: 1_000 }, () =>
      Buffer.from(seal.seal(plain, 'row 1').subarray(1, 13)).toString('hex'),
    );
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('does not open under another key, in another place, or with any byte changed', () => {
    const seal = createSeal(key);
    const sealed = seal.seal(plain, 'row 1');
    expect(() => createSeal(Buffer.alloc(32, 2)).open(sealed, 'row 1')).toThrow();
    expect(() => seal.open(sealed, 'row 2')).toThrow();
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed, (byte, at) => (at === i ? byte ^ 1 : byte));
      expect(() => seal.open(changed, 'row 1')).toThrow();
    }
    expect(() => seal.open(sealed.subarray(0, 20), 'row 1')).toThrow();
  });

  it('refuses a key that is not 32 bytes', () => {
    expect(() => createSeal(Buffer.alloc(16))).toThrow('32 bytes');
  });
});
