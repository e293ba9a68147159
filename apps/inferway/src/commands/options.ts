/** A number, or null where `word` is given in its place: no number of one's own. */
export function numberOr(word: string): (text: string) => number | null {
  return (text) => (text === word ? null : Number(text));
}

/** Gathers an option that may be given many times. */
export function gather(text: string, before: string[] = []): string[] {
  return [...before, text];
}
