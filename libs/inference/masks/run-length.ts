import type { PixelSize } from '../images/image-view.js';
import type { Region } from './find-regions.js';

/** A mask as COCO and pycocotools write it: `size` is [height, width], `counts` the compressed text. */
export interface RunLengthMask {
  readonly size: [number, number];
  readonly counts: string;
}

/** Run lengths down the columns, ground first, of one region in an image. */
export function runLengthOf({ runs, box }: Region, { width, height }: PixelSize): RunLengthMask {
  const marked = new Uint8Array(box.width * box.height);
  for (const { y, start, end } of runs)
    for (let x = start; x < end; x++) marked[(x - box.x) * box.height + (y - box.y)] = 1;
  const lengths: number[] = [];
  let value = 0;
  let begun = 0;
  const turn = (at: number) => {
    lengths.push(at - begun);
    begun = at;
    value = 1 - value;
  };
  for (let column = 0; column < box.width; column++) {
    const at = (box.x + column) * height + box.y;
    for (let row = 0; row < box.height; row++)
      if (marked[column * box.height + row] !== value) turn(at + row);
    // Below the box is ground, unless the next column's marks follow at once.
    if (value === 1 && box.height < height) turn(at + box.height);
  }
  if (begun < width * height) lengths.push(width * height - begun);
  return { size: [height, width], counts: compress(lengths) };
}

/**
 * COCO's text: each length as its difference to the one two before (the first three as they are), five bits a
 * character, the sixth says that more follow, from `0` on.
 */
function compress(lengths: readonly number[]): string {
  let text = '';
  for (const [index, length] of lengths.entries()) {
    let rest = index > 2 ? length - (lengths[index - 2] ?? 0) : length;
    for (let more = true; more;) {
      const bits = rest & 0x1f;
      rest >>= 5;
      more = (bits & 0x10) === 0 ? rest !== 0 : rest !== -1;
      text += String.fromCharCode((more ? bits | 0x20 : bits) + 48);
    }
  }
  return text;
}
