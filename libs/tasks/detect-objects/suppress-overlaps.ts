/** `x` and `y` are those of the top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Something that may be there; `kind` is the index of its label. */
export interface Candidate {
  readonly kind: number;
  readonly score: number;
  readonly box: Box;
}

export interface OverlapRules {
  readonly iouThreshold: number;
  /** Boxes of different kinds, too, displace each other. */
  readonly classAgnostic: boolean;
  readonly maxDetections: number;
}

/** Whether a box displaces another, which is no better. */
export type Displaces = (better: Candidate, other: Candidate, rules: OverlapRules) => boolean;

/**
 * Greedy non-maximum suppression: the best first, then each that no better one that stays displaces; without `displaces`,
 * by sharing more than `iouThreshold` with it. Costs at most candidates × `maxDetections` comparisons.
 */
export function suppressOverlaps(
  candidates: readonly Candidate[],
  rules: OverlapRules,
  displaces: Displaces = overlaps,
): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.length === rules.maxDetections) break;
    if (!kept.some((better) => displaces(better, candidate, rules))) kept.push(candidate);
  }
  return kept;
}

function overlaps(
  better: Candidate,
  other: Candidate,
  { classAgnostic, iouThreshold }: OverlapRules,
): boolean {
  return (
    (classAgnostic || better.kind === other.kind) &&
    intersectionOverUnion(better.box, other.box) > iouThreshold
  );
}

/** The area that two boxes share, as part of what they cover together; 0 where both are empty. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = intersectionOf(a, b);
  const joint = a.width * a.height + b.width * b.height - shared;
  return joint > 0 ? Math.min(1, shared / joint) : 0;
}

/** The area that two boxes share. */
export function intersectionOf(a: Box, b: Box): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, across) * Math.max(0, down);
}
