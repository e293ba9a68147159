import type { ContactSheetFrame } from '#core';
import { outlineText } from './glyphs.js';

const textPx = 13;
const padPx = 4;
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
  const boxes = objects.map(({ track, label, box }) => {
    const colour = colours[(track - 1) % colours.length] ?? '#000';
    const [x, y] = [box.x * scale, box.y * scale];
    const sides = `width="${at(box.width * scale)}" height="${at(box.height * scale)}"`;
    const outline = `<rect x="${at(x)}" y="${at(y)}" ${sides} fill="none" stroke="${colour}" stroke-width="2"/>`;
    return outline + tag(`${track} ${label.slice(0, maxLabelLength)}`, { x, y }, { width, height }, colour);
  });
  const time = tag(`${timeS.toFixed(2)} s`, { x: 0, y: height }, { width, height }, '#000');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${boxes.join('')}${time}</svg>`;
}

/** Above its place where there is room, and never outside of the cell. */
function tag(
  words: string,
  place: { x: number; y: number },
  cell: { width: number; height: number },
  colour: string,
): string {
  const text = outlineText(words, textPx);
  const [width, height] = [text.width + 2 * padPx, textPx + padPx];
  const x = Math.max(0, Math.min(place.x, cell.width - width));
  const y = Math.max(0, Math.min(place.y, cell.height) - height);
  return [
    `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" fill="${colour}"/>`,
    `<path transform="translate(${at(x + padPx)} ${at(y + textPx)})" d="${text.path}" fill="#fff"/>`,
  ].join('');
}

function at(pixels: number): string {
  return pixels.toFixed(2);
}
