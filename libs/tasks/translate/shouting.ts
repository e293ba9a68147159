/** How many pieces a model's vocabulary has a word in. */
export type CountPieces = (word: string) => number;

const wordsInCapitals = /\p{Lu}{2,}/gu;
/** Small letters, and those of scripts that have no others, among which a word in capitals is no shout; `Nº` is. */
const notInCapitals = /\p{Ll}|(?![ªº])\p{Lo}/u;

/**
 * Whether a text is written in capitals alone, which models copy instead of translating, and is no acronym. Two words
 * are shouted. Of a word by itself the vocabulary tells, which is made of what is written: it has `Hello` in one piece
 * and `HELLO` in three, but `NASA` in one and `nasa` in two. A list of acronyms was rejected: it would be of one
 * language, and never complete.
 */
export function isShouted(text: string, countPieces: CountPieces): boolean {
  if (notInCapitals.test(text)) return false;
  const [word, ...others] = text.match(wordsInCapitals) ?? [];
  if (word === undefined || others.length > 0) return word !== undefined;
  const small = word.toLowerCase();
  return Math.min(countPieces(small), countPieces(sentenceCase(small))) < countPieces(word);
}

/** As it would stand in a text that is not shouted. */
export function sentenceCase(text: string): string {
  const small = text.toLowerCase();
  return small.charAt(0).toUpperCase() + small.slice(1);
}
