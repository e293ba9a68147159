import { describe, expect, it } from '@jest/globals';
import { piecesById, scoredPieces } from './vocabulary.js';

describe('vocabularies', () => {
  it('are read as they are in the file', () => {
    expect(piecesById.parse({ '[UNK]': 1, '7': 0, '##s': 2 })).toEqual(
      new Map([
        [0, '7'],
        [1, '[UNK]'],
        [2, '##s'],
      ]),
    );
    expect(scoredPieces.parse([['▁the', -3.5]])).toEqual([['▁the', -3.5]]);
  });

  it.each([
    ['no vocabulary', undefined],
    ['an empty one', {}],
    ['an id that is no whole number', { a: 0.5 }],
    ['an id that is a text', { a: '0' }],
    ['an id below zero', { a: -1 }],
    ['two pieces with one id', { a: 0, b: 0 }],
  ])('of WordPiece are refused: %s', (_, vocabulary) => {
    expect(piecesById.safeParse(vocabulary).success).toBe(false);
  });

  it.each([
    ['no vocabulary', undefined],
    ['an empty one', []],
    ['a piece without a score', [['a', -1], ['b']]],
    ['a score that is no number', [['a', NaN]]],
    ['a piece that is no text', [[7, -1]]],
    ['more than a piece and its score', [['a', -1, 2]]],
  ])('of unigrams are refused: %s', (_, vocabulary) => {
    expect(scoredPieces.safeParse(vocabulary).success).toBe(false);
  });
});
