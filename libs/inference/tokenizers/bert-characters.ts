/** What BERT's normaliser and word splitter make of a character. */
export const characterClass = { letter: 0, space: 1, alone: 2, dropped: 3 } as const;
export type CharacterClass = (typeof characterClass)[keyof typeof characterClass];

const { letter, space, alone, dropped } = characterClass;

/** CJK ideographs stand alone: their texts have no spaces. BERT's ranges, not Unicode's script property. */
const ideographs: readonly (readonly [number, number])[] = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
];
const asciiPunctuation = /[!-/:-@[-`{-~]/;
const tabOrBreak = /[\t\n\r]/;

const asciiClasses = Uint8Array.from({ length: 0x80 }, (_, code) => classify(code));

/** @param codePoint of the original text. */
export function classOf(codePoint: number): CharacterClass {
  const known = asciiClasses[codePoint];
  return known === undefined ? classify(codePoint) : (known as CharacterClass);
}

/** Lower case without accents; empty for a combining mark. One character may become several, each to be classified. */
export function fold(character: string): string {
  if (character < '\u0080') return character.toLowerCase();
  return character
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}

function classify(codePoint: number): CharacterClass {
  const character = String.fromCodePoint(codePoint);
  if (tabOrBreak.test(character)) return space;
  if (codePoint === 0 || codePoint === 0xfffd || /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(character))
    return dropped;
  if (/\s/.test(character)) return space;
  const isIdeograph = ideographs.some(([first, last]) => codePoint >= first && codePoint <= last);
  return isIdeograph || asciiPunctuation.test(character) || /\p{P}/u.test(character) ? alone : letter;
}
