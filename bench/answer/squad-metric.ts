/** The SQuAD metric: case, punctuation and articles do not count. */
export interface SquadScore {
  /** 1 where the texts are the same. */
  exact: number;
  /** Of the words that prediction and reference share, 0 to 1. */
  f1: number;
}

/** The best over the references. */
export function squadScore(prediction: string, references: readonly string[]): SquadScore {
  return {
    exact: Math.max(...references.map((reference) => Number(normal(prediction) === normal(reference)))),
    f1: Math.max(...references.map((reference) => f1(wordsOf(prediction), wordsOf(reference)))),
  };
}

/** ASCII punctuation, as Python's `string.punctuation`. */
const punctuation = /[!-/:-@[-`{-~]/g;

function normal(text: string): string {
  const bare = text.toLowerCase().replace(punctuation, '');
  return bare
    .replace(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, ' ')
    .split(/\s+/)
    .filter(Boolean)
    .join(' ');
}

function wordsOf(text: string): string[] {
  return normal(text).split(' ').filter(Boolean);
}

function f1(found: readonly string[], wanted: readonly string[]): number {
  if (found.length === 0 || wanted.length === 0) return Number(found.length === wanted.length);
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count > 0) common++;
    left.set(word, count - 1);
  }
  return (2 * common) / (found.length + wanted.length);
}
