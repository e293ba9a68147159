import { isShouted, sentenceCase, type CountPieces } from './shouting.js';

/**
 * Typographic characters that the shared vocabularies have no piece for after a letter: as `<unk>` they would vanish
 * from the translation, as their ASCII form they survive (facts: 41 of 1,012 FLORES lines were touched).
 */
const asciiOf: Readonly<Record<string, string>> = {
  '\u201c': '"',
  '\u201d': '"',
  '\u201e': '"',
  '\u00ab': '"',
  '\u00bb': '"',
  '\u2018': "'",
  '\u2019': "'",
  '\u201a': "'",
  '\u2013': '-',
  '\u2014': '-',
  '\u2212': '-',
  '\u2026': '...',
  '\u00a0': ' ',
  '\u202f': ' ',
};

const typographic = new RegExp(`[${Object.keys(asciiOf).join('')}]`, 'g');
/**
 * Invisible: zero-width, joiners, soft hyphen, byte order mark, direction marks; and controls. Joiners stay where they
 * make one emoji of several, and in scripts that write with them.
 */
const invisible =
  /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\p{Cc}|(?<=^|[\p{Script=Latin}\p{N}\p{P}\s])[\u200c\u200d]/gu;

/** A sentence as the model should read it, and how to undo what was changed about its letters. */
export interface NormalisedSentence {
  text: string;
  restore: (translation: string) => string;
}

/**
 * ASCII quotes and dashes, no invisible characters, and sentence case for SHOUTED text, whose translation is shouted
 * again.
 */
export function normaliseSentence(sentence: string, countPieces: CountPieces): NormalisedSentence {
  const text = sentence
    .normalize('NFC')
    .replace(typographic, (character) => asciiOf[character] ?? character)
    .replace(invisible, '');
  if (!isShouted(text, countPieces)) return { text, restore: (translation) => translation };
  return { text: sentenceCase(text), restore: (translation) => translation.toUpperCase() };
}
