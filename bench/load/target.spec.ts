import { describe, expect, it } from '@jest/globals';
import { readProfile } from './profile.js';
import { targetAt } from './target.js';

const profile = readProfile('look');

describe('a server at an address', () => {
  it('is asked with a key for each tenant, and the tenants are told where some are missing', () => {
    const target = targetAt('http://127.0.0.1:8080/', ['a', 'b'], profile);
    expect(target.callers.get('two')).toEqual({ url: 'http://127.0.0.1:8080', apiKey: 'b' });
    expect(() => targetAt('http://127.0.0.1:8080', ['a'], profile)).toThrow(
      'one (weight 1), two (weight 2); 1 given',
    );
  });

  it('is an address', () => {
    expect(() => targetAt('localhost', ['a', 'b'], profile)).toThrow('--url');
  });
});
