interface Size {
  readonly width: number;
  readonly height: number;
}

/** `x` and `y` are those of the top left corner. */
interface Part extends Size {
  readonly x: number;
  readonly y: number;
}

/** Longest side of a part that is looked at in one piece, pixels: that of the photos which detectors learn from. */
export const tileSide = 640;
/** What neighbouring tiles share of their side at least: a thing that is no larger than this is whole in one of them. */
export const tileOverlap = 0.2;
/** Most tiles of one part. A part that needs more gets larger ones. */
export const maxTiles = 24;

/**
 * The overlapping tiles that cover a part of an image, row by row; none when it is no larger than one. All have one size
 * and lie evenly between the part's edges, so that none is a sliver.
 */
export function tilesOf(part: Part): Part[] {
  const side = sideOf(part);
  const columns = starts(part.width, side);
  if (columns.length * countAlong(part.height, side) === 1) return [];
  const width = Math.min(side, part.width);
  const height = Math.min(side, part.height);
  return starts(part.height, side).flatMap((y) =>
    columns.map((x) => ({ x: part.x + x, y: part.y + y, width, height })),
  );
}

/** How often a part is looked at: once as a whole, and once for each tile. The same for a part on its side. */
export function looksAt(part: Size): number {
  const tiles = countOf(part, sideOf(part));
  return tiles === 1 ? 1 : 1 + tiles;
}

/** The smallest side of which no more than `maxTiles` cover the part, by halving: larger tiles are never more. */
function sideOf(part: Size): number {
  if (countOf(part, tileSide) <= maxTiles) return tileSide;
  let tooSmall = tileSide;
  let enough = Math.max(part.width, part.height);
  while (enough - tooSmall > 1) {
    const side = Math.floor((tooSmall + enough) / 2);
    if (countOf(part, side) <= maxTiles) enough = side;
    else tooSmall = side;
  }
  return enough;
}

function countOf({ width, height }: Size, side: number): number {
  return countAlong(width, side) * countAlong(height, side);
}

function countAlong(length: number, side: number): number {
  const shared = Math.ceil(side * tileOverlap);
  return length <= side ? 1 : Math.ceil((length - shared) / (side - shared));
}

function starts(length: number, side: number): number[] {
  const count = countAlong(length, side);
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, index) => Math.round((index * (length - side)) / (count - 1)));
}
