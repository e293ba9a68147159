import { describe, expect, it } from '@jest/globals';
import { readableCapitals } from './readable-capitals.js';

/** As the starter pack's models: these small letters, no such capitals. */
const canRead = (word: string) => /^[\x20-\x7eáéíóúâêôãõç]*$/.test(word);

describe('readableCapitals', () => {
  it.each([
    ['Óculos novos', 'óculos novos'],
    ['Estive na Índia e em Áden', 'Estive na índia e em áden'],
    ['"Única"', '"única"'],
  ])('writes small what the model knows small only: %s', (sentence, text) => {
    expect(readableCapitals(sentence, canRead).text).toBe(text);
  });

  it('leaves words that stay unreadable as they are', () => {
    expect(readableCapitals('Łódź e Ürümqi', canRead).text).toBe('Łódź e Ürümqi');
  });

  it('gives a translation the capital back that its sentence began with, and no other', () => {
    expect(readableCapitals('"Óculos novos"', canRead).restore('"new glasses"')).toBe('"New glasses"');
    expect(readableCapitals('a Índia', canRead).restore('the India')).toBe('the India');
  });
});
