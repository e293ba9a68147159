import type { CanRead } from './find-spans.js';

/** A sentence whose capitals the model knows, and how to give its translation the first one back. */
export interface ReadableSentence {
  text: string;
  restore: (translation: string) => string;
}

const capital = /[\p{Lu}--[A-Z]]/v;
const letters = /[\p{L}\p{M}]+/gu;
const firstLetter = /\p{L}/u;

/**
 * Small letters for capitals that a vocabulary lacks while it has the small ones, such as all of Portuguese but `Á` and
 * `É`: "Óculos novos" is new glasses only to a model that sees the `ó`. Without their accents, the other way to make
 * them readable, they are other words ("Oculos" became ages).
 */
export function readableCapitals(sentence: string, canRead: CanRead): ReadableSentence {
  if (!capital.test(sentence)) return { text: sentence, restore: (translation) => translation };
  const text = sentence.replace(letters, (word) => lowerUnreadable(word, canRead));
  const isFirstLowered = firstLetter.exec(text)?.[0] !== firstLetter.exec(sentence)?.[0];
  return {
    text,
    restore: (translation) =>
      isFirstLowered ? translation.replace(firstLetter, (letter) => letter.toUpperCase()) : translation,
  };
}

/** Only where it makes the whole word readable: another stays as it is, to be kept. */
function lowerUnreadable(word: string, canRead: CanRead): string {
  if (!capital.test(word) || canRead(word)) return word;
  const lowered = word.replace(/\p{Lu}/gu, (letter) => (canRead(letter) ? letter : letter.toLowerCase()));
  return canRead(lowered) ? lowered : word;
}
