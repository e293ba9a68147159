import type { Region } from './find-regions.js';

/** Corners, x and y in turn; the last joins the first. */
export type Ring = readonly number[];

/** Right, down, left, up; the region lies at the right hand. */
const stepX = [1, 0, -1, 0];
const stepY = [0, 1, 0, -1];

/**
 * The borders of a region, along the edges of its pixels: outer ones clockwise (y grows downwards), holes the other way
 * round, so that the sum of their signed areas is the number of pixels. In the order of their first edge, row by row.
 */
export function traceRings({ runs, box }: Region): Ring[] {
  const width = box.width + 2;
  const marked = new Uint8Array(width * (box.height + 2));
  for (const { y, start, end } of runs) {
    const line = (y - box.y + 1) * width + 1 - box.x;
    marked.fill(1, line + start, line + end);
  }
  const walked = new Uint8Array(marked.length);
  const rings: Ring[] = [];
  for (let cell = width; cell < marked.length; cell++)
    if (marked[cell] === 1 && marked[cell - width] === 0 && walked[cell] === 0)
      rings.push(walk(marked, walked, width, cell, box));
  return rings;
}

/** Starts along the upper edge of `cell`. Each edge leads to one other and is led to by one: the walk comes back. */
function walk(
  marked: Uint8Array,
  walked: Uint8Array,
  width: number,
  cell: number,
  box: { x: number; y: number },
): Ring {
  // Cells around a corner, as what lies ahead at the left hand by heading; at the right hand it is the next one.
  const around = [-width, 0, -1, -width - 1];
  const corners: number[] = [];
  let corner = cell;
  let heading = 0;
  while (heading !== 0 || walked[corner] === 0) {
    if (heading === 0) walked[corner] = 1;
    corner += (stepX[heading] ?? 0) + (stepY[heading] ?? 0) * width;
    const ahead = (turn: number) => marked[corner + (around[(heading + turn) % 4] ?? 0)] === 1;
    // To the left where pixels meet at a corner alone: they belong together.
    const turn = ahead(0) ? 3 : ahead(1) ? 0 : 1;
    if (turn !== 0) corners.push((corner % width) - 1 + box.x, Math.floor(corner / width) - 1 + box.y);
    heading = (heading + turn) % 4;
  }
  return corners;
}
