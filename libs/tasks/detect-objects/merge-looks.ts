import {
  intersectionOf,
  suppressOverlaps,
  type Box,
  type Candidate,
  type OverlapRules,
} from './suppress-overlaps.js';

/** What one look at an image found. */
export interface Look {
  /** The part of the upright image that was looked at. */
  readonly seen: Box;
  readonly candidates: readonly Candidate[];
}

/** A box that comes this close to the side of its tile goes on behind it, as a part of the tile's size. */
const closeness = 0.02;
/** A piece is displaced by a box with which it shares more than this part of the smaller of the two. */
const mostOfPiece = 0.5;

/**
 * The boxes of all looks as one list, best first. Of a thing that a tile cuts, the tile sees a piece, whose box ends at
 * the tile's side: it stays only where no box that is whole, of a neighbouring tile or of the look at all of it, covers
 * it, whatever the scores.
 *
 * Suppression alone, as if nothing were cut, gives more false boxes than right ones; the rule for pieces, used for all
 * boxes as slicing libraries do, loses neighbours of one kind.
 *
 * @param looks the first is that at the whole, which cuts nothing.
 */
export function mergeLooks(looks: readonly Look[], rules: OverlapRules): Candidate[] {
  const whole: Candidate[] = [];
  const pieces: Candidate[] = [];
  for (const { seen, candidates } of looks)
    for (const candidate of candidates)
      (isPiece(candidate.box, seen, looks[0]?.seen ?? seen) ? pieces : whole).push(candidate);
  const kept = suppressOverlaps(whole, rules);
  const uncovered = pieces.filter((piece) => !kept.some((box) => covers(box, piece, rules)));
  const best = suppressOverlaps(uncovered, rules, covers);
  return [...kept, ...best].toSorted((a, b) => b.score - a.score).slice(0, rules.maxDetections);
}

/** Whether a box ends at a side of its tile that is no side of the whole. */
function isPiece(box: Box, tile: Box, whole: Box): boolean {
  return (
    endsInside([box.x, box.width], [tile.x, tile.width], [whole.x, whole.width]) ||
    endsInside([box.y, box.height], [tile.y, tile.height], [whole.y, whole.height])
  );
}

type Span = readonly [start: number, length: number];

function endsInside([start, length]: Span, tile: Span, whole: Span): boolean {
  const close = closeness * tile[1];
  const end = tile[0] + tile[1];
  const isFirst = tile[0] - whole[0] < close;
  const isLast = whole[0] + whole[1] - end < close;
  return (!isFirst && start - tile[0] < close) || (!isLast && end - start - length < close);
}

function covers(box: Candidate, piece: Candidate, { classAgnostic }: OverlapRules): boolean {
  if (!classAgnostic && box.kind !== piece.kind) return false;
  const smaller = Math.min(box.box.width * box.box.height, piece.box.width * piece.box.height);
  return intersectionOf(box.box, piece.box) > mostOfPiece * smaller;
}
