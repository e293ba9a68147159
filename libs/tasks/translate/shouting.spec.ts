import { describe, expect, it } from '@jest/globals';
import { isShouted } from './shouting.js';

/** As many pieces as the starter pack's model from English has of each. */
const pieces = new Map(
  Object.entries({
    ...{ HELLO: 3, Hello: 1, hello: 2, DANGER: 3, Danger: 2, danger: 1 },
    ...{ NASA: 1, Nasa: 2, nasa: 2, UNICEF: 3, Unicef: 3, unicef: 3 },
  }),
);
const countPieces = (word: string) => pieces.get(word) ?? NaN;

describe('isShouted', () => {
  it.each(['HELLO', 'HELLO!', '"DANGER"', 'A DANGER', 'STOP NOW', 'STOP Nº 5 NOW', 'NASA LAUNCHED A ROCKET'])(
    'knows a word that is usually written small, and any two words: %s',
    (text) => {
      expect(isShouted(text, countPieces)).toBe(true);
    },
  );

  it.each([
    'NASA',
    'UNICEF',
    'NASA!',
    'Hello',
    'HELLO, my friend',
    '我的 DANGER',
    '我的 STOP NOW',
    'A',
    '42',
    '',
  ])('leaves acronyms, and text that has letters of other kinds: %j', (text) => {
    expect(isShouted(text, countPieces)).toBe(false);
  });
});
