import { segment } from 'sentencex';

/** A piece of text: a sentence to translate, or what stands between sentences and stays as it is. */
export interface Piece {
  kind: 'sentence' | 'verbatim';
  text: string;
}

/**
 * Cuts a text into sentences and the white space, line breaks and letterless lines between them; the pieces joined
 * are the text. Models are trained on single sentences: splitting lifts BLEU by 0.2 to 0.9 (docs/benchmarks.md) and
 * lets one long text share batches with itself.
 *
 * @param language primary subtag; chooses the abbreviations that do not end a sentence
 */
export function splitSentences(text: string, language: string): Piece[] {
  return text.split(/(\r\n|\n|\r|\u2028|\u2029)/).flatMap((part, index) => {
    const isLineBreak = index % 2 === 1;
    return isLineBreak ? [{ kind: 'verbatim' as const, text: part }] : splitLine(part, language);
  });
}

function splitLine(line: string, language: string): Piece[] {
  if (line === '') return [];
  return joinInitials(segment(language, line)).flatMap((sentence) => {
    const core = sentence.trim();
    if (!/\p{L}/u.test(core)) return [{ kind: 'verbatim' as const, text: sentence }];
    const start = sentence.indexOf(core);
    return [
      { kind: 'verbatim' as const, text: sentence.slice(0, start) },
      { kind: 'sentence' as const, text: core },
      { kind: 'verbatim' as const, text: sentence.slice(start + core.length) },
    ].filter((piece) => piece.text !== '');
  });
}

/** `George W.` ends no sentence: the segmenter takes an initial for an end in some languages. */
const endsInInitial = /\p{Lu}\p{L}*\s\p{Lu}\.\s*$/u;

function joinInitials(sentences: readonly string[]): string[] {
  const joined: string[] = [];
  for (const sentence of sentences) {
    const before = joined.at(-1);
    if (before !== undefined && endsInInitial.test(before)) joined[joined.length - 1] = before + sentence;
    else joined.push(sentence);
  }
  return joined;
}
