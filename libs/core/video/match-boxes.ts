export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Labelled {
  label: string;
  box: Box;
}

/** What a box of another label has of the likeness of one of the same. */
const otherLabel = 0.5;

/**
 * Pairs boxes, the most alike first, each at most once: index of the expected one, index of the seen one.
 * @param least likeness of a pair, from 0 to 1: intersection over union, halved where the labels differ
 */
export function matchBoxes(
  expected: readonly Labelled[],
  seen: readonly Labelled[],
  least: number,
): [expected: number, seen: number][] {
  const pairs = expected.flatMap((one, e) =>
    seen.map((other, s) => ({ e, s, likeness: likenessOf(one, other) })),
  );
  const candidates = pairs
    .filter(({ likeness }) => likeness >= least)
    .sort((a, b) => b.likeness - a.likeness);
  const taken = { expected: new Set<number>(), seen: new Set<number>() };
  return candidates.flatMap(({ e, s }): [number, number][] => {
    if (taken.expected.has(e) || taken.seen.has(s)) return [];
    taken.expected.add(e);
    taken.seen.add(s);
    return [[e, s]];
  });
}

function likenessOf(one: Labelled, other: Labelled): number {
  const overlap = intersectionOverUnion(one.box, other.box);
  return one.label === other.label ? overlap : overlap * otherLabel;
}

function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
