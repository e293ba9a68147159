/** Numbers as they are written, with the separators of any language. */
export const numbers = /\p{Nd}+(?:[.,:h]\p{Nd}+)*/gu;
/** A time of the afternoon, which other languages write with 13 to 23 hours. */
const afternoon = /(\p{Nd}{1,2})([.:]\p{Nd}{2})?(?= ?p\.?m\b)/giu;

/**
 * True when a translation holds every number of its source, whatever separators its language writes them with; times of
 * the afternoon may have become those of a clock with 24 hours, and those of such a clock times of the afternoon.
 */
export function keepsNumbers(source: string, translation: string): boolean {
  return (
    holdsAll(source, translation) ||
    holdsAll(source.replace(afternoon, on24Hours), translation) ||
    holdsAll(source, translation.replace(afternoon, on24Hours))
  );
}

function holdsAll(source: string, translation: string): boolean {
  const found = digitsOf(translation);
  return digitsOf(source).every((number) => {
    const at = found.indexOf(number);
    if (at >= 0) found.splice(at, 1);
    return at >= 0;
  });
}

function on24Hours(_: string, hours: string, minutes = ''): string {
  return `${(Number(hours) % 12) + 12}${minutes}`;
}

function digitsOf(text: string): string[] {
  return Array.from(text.matchAll(numbers), ([number]) => number.replace(/\P{Nd}/gu, ''));
}
