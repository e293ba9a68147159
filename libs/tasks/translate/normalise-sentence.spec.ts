import { describe, expect, it } from '@jest/globals';
import { normaliseSentence } from './normalise-sentence.js';

/** Of a model that has every word in one piece, as it is written. */
const normalise = (sentence: string) => normaliseSentence(sentence, () => 1);

describe('normaliseSentence', () => {
  it('writes quotes and dashes as the vocabulary knows them', () => {
    expect(normalise('He said “hello” — it’s late…').text).toBe('He said "hello" - it\'s late...');
  });

  it('drops NUL, controls and invisible marks, which no one reads and no vocabulary holds', () => {
    expect(normalise('a\u0000b\u200bc\u202ed').text).toBe('abcd');
  });

  it.each(['👨‍👩‍👧', 'می‌خواهم'])('keeps the joiners that an emoji or a script is made with: %s', (text) => {
    expect(normalise(`a\u200d ${text}`).text).toBe(`a ${text}`);
  });

  it('gives shouted text to the model in sentence case and shouts the answer', () => {
    const { text, restore } = normalise('PLEASE RESTART YOUR COMPUTER');
    expect(text).toBe('Please restart your computer');
    expect(restore('Por favor, reinicie')).toBe('POR FAVOR, REINICIE');
  });
});
