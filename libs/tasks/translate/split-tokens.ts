/**
 * Cuts text that is too long for one run of the model: after a comma or other pause if there is one, at a space
 * otherwise, in the middle of a word as a last resort. The parts joined are the text.
 */
export function halve(text: string): [string, string] {
  const middle = Math.floor(text.length / 2);
  const at = nearest(text, /[,;:)\]]\s/g, middle) ?? nearest(text, /\s/g, middle) ?? middle;
  return [text.slice(0, at), text.slice(at)];
}

/** End of the match of `pattern` closest to `middle`, unless it would leave one side almost empty. */
function nearest(text: string, pattern: RegExp, middle: number): number | undefined {
  const ends = Array.from(text.matchAll(pattern), (match) => match.index + match[0].length);
  const inside = ends.filter((end) => end > text.length / 4 && end < (text.length * 3) / 4);
  return inside.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
}
