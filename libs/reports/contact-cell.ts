import type { ContactSheetFrame } from '#core';
import { Tags } from './tags.js';

const textPx = 13;
const maxLabelLength = 30;
/** Readable with white text on them, and far enough apart for things side by side. */
const colours = ['#1f5fa8', '#b3123a', '#1d6b3a', '#8a4b00', '#6b2fa0', '#00707a', '#9c1f7a', '#4d5b00'];

/**
 * Boxes of tracks, in a colour that a track keeps, and the time, as SVG of the size of the cell. Letters are outlines.
 * @param scale pixels of the cell for one of the frame's image
 */
export function contactCell(
  { objects, timeS }: Pick<ContactSheetFrame, 'objects' | 'timeS'>,
  { width, height }: { width: number; height: number },
  scale: number,
): string {
  const tags = new Tags({ width, height }, textPx);
  const time = tags.draw({ x: 0, y: height, width: 0, height: 0 }, [`${timeS.toFixed(2)} s`], '#000');
  const things = objects.map(({ track, label, box }) => ({
    colour: colours[(track - 1) % colours.length] ?? '#000',
    texts: [`${track} ${label.slice(0, maxLabelLength)}`, String(track)],
    place: { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale },
  }));
  const shapes = [
    ...things.map(({ colour, place }) => outline(place, colour)),
    ...things.map(({ colour, place, texts }) => tags.draw(place, texts, colour)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}${time}</svg>`;
}

function outline(
  { x, y, width, height }: ContactSheetFrame['objects'][number]['box'],
  colour: string,
): string {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

function at(pixels: number): string {
  return pixels.toFixed(2);
}
