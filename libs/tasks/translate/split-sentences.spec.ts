import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitSentences } from './split-sentences.js';

describe('splitSentences', () => {
  it('loses nothing: the pieces joined are the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const pieces = splitSentences(text, 'en');
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('keeps paragraphs, line breaks and letterless lines out of the model', () => {
    const pieces = splitSentences('Dr. Smith came. He left.\r\n\n  * * *\nBye.', 'en');
    expect(pieces.filter(({ kind }) => kind === 'sentence').map(({ text }) => text)).toEqual([
      'Dr. Smith came.',
      'He left.',
      'Bye.',
    ]);
  });

  it('gives the model neither marks of lists nor tabs, between which each cell stands for itself', () => {
    const pieces = splitSentences('• Milk\n- [ ] Buy bread\n✓ Done\n> Yes\nName\tAge 7\n👍', 'en');
    expect(pieces.filter(({ kind }) => kind === 'sentence').map(({ text }) => text)).toEqual([
      'Milk',
      'Buy bread',
      'Done',
      'Yes',
      'Name',
      'Age 7',
    ]);
  });

  it.each(['en', 'pt'])('does not take an initial for an end (%s)', (language) => {
    const text = 'George W. Bush met Lyndon B. Johnson. John F. Kennedy did not.';
    const sentences = splitSentences(text, language).filter(({ kind }) => kind === 'sentence');
    expect(sentences.map((sentence) => sentence.text)).toEqual([
      'George W. Bush met Lyndon B. Johnson.',
      'John F. Kennedy did not.',
    ]);
  });
});
