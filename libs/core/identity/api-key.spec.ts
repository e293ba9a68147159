import { describe, expect, it } from '@jest/globals';
import { generateApiKey, hashApiKey, matchesHash, parseApiKey } from './api-key.js';

describe('API keys', () => {
  it('tell a typing error from an unknown key: every changed character breaks the checksum', () => {
    const { text } = generateApiKey('live');
    for (let i = 8; i < text.length; i++) {
      const typo = text.slice(0, i) + (text[i] === 'x' ? 'y' : 'x') + text.slice(i + 1);
      expect(() => parseApiKey(typo)).toThrow(expect.objectContaining({ code: 'auth.malformed_key' }));
    }
  });

  it('are recognisable at sight and carry their public id', () => {
    const { id, text } = generateApiKey('admin');
    expect(text).toMatch(/^iw_admin_[0-9A-Za-z]{14}_[0-9A-Za-z]{38}$/);
    expect(parseApiKey(text).id).toBe(id);
  });

  it('match their own hash and no other', () => {
    const [one, other] = [generateApiKey('live').text, generateApiKey('live').text];
    expect(matchesHash(one, hashApiKey(one))).toBe(true);
    expect(matchesHash(other, hashApiKey(one))).toBe(false);
    expect(matchesHash(one, new Uint8Array(5))).toBe(false);
  });
});
