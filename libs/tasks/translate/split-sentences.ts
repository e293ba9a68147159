import { segment } from 'sentencex';

/** A piece of text: a sentence to translate, or what stands between sentences and stays as it is. */
export interface Piece {
  kind: 'sentence' | 'verbatim';
  text: string;
}

/** What no sentence goes across: ends of lines, and tabs, which stand between the cells of a table. */
const breaks = /(\r\n|[\n\r\t\v\f\u0085\u2028\u2029])/;
/** Bullets and other marks before the first word of a line, each with its space: `- `, `• `, `✓ `, `> `, `- [ ] `. */
const marker = /^\s*(?:[\p{S}\p{P}]+\s+)*/u;

/**
 * Cuts a text into sentences and the white space, breaks, list marks and letterless lines between them; the pieces
 * joined are the text. Models are trained on single sentences: splitting lifts BLEU by 0.2 to 0.9 (docs/benchmarks.md) and
 * lets one long text share batches with itself.
 *
 * @param language primary subtag; chooses the abbreviations that do not end a sentence
 */
export function splitSentences(text: string, language: string): Piece[] {
  return text.split(breaks).flatMap((part, index) => {
    const isBreak = index % 2 === 1;
    return isBreak ? [{ kind: 'verbatim' as const, text: part }] : splitLine(part, language);
  });
}

function splitLine(line: string, language: string): Piece[] {
  const [mark = ''] = marker.exec(line) ?? [];
  const sentences = line === mark ? [] : joinInitials(segment(language, line.slice(mark.length)));
  return [mark, ...sentences].flatMap((sentence) => {
    const core = sentence.trim();
    if (sentence === '') return [];
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
