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

/**
 * Greedy non-maximum suppression: the best first, then each that shares no more than `iouThreshold` with a better one
 * that stays. Costs at most candidates × `maxDetections` comparisons.
 */
export function suppressOverlaps(candidates: readonly Candidate[], rules: OverlapRules): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.length === rules.maxDetections) break;
    const displaced = kept.some(
      (better) =>
        (rules.classAgnostic || better.kind === candidate.kind) &&
        intersectionOverUnion(better.box, candidate.box) > rules.iouThreshold,
    );
    if (!displaced) kept.push(candidate);
  }
  return kept;
}

/** The area that two boxes share, as part of what they cover together; 0 where both are empty. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(0, across) * Math.max(0, down);
  const joint = a.width * a.height + b.width * b.height - shared;
  return joint > 0 ? Math.min(1, shared / joint) : 0;
}
