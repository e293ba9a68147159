import type { InspectionFinding } from '#contracts';
import { outlineText } from './glyphs.js';
import { severityColours } from './severity-colours.js';

/** UTF-16 code units of a label that are drawn; the reply has it whole. */
const maxLabelLength = 40;

/**
 * Boxes, numbers and labels of findings as SVG, of the size of the picture it goes on. Holds no text: letters are
 * outlines, so nothing of a label can be read as markup.
 * @param scale pixels of the picture for one of the upright image
 */
export function findingOverlay(
  findings: readonly InspectionFinding[],
  picture: { width: number; height: number },
  scale: number,
): string {
  const { width, height } = picture;
  const sizePx = Math.max(10, Math.min(28, Math.max(width, height) / 45));
  const shapes = findings.map((finding) => drawFinding(finding, picture, scale, sizePx)).reverse();
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
}

function drawFinding(
  { number, label, severity, box }: InspectionFinding,
  picture: { width: number; height: number },
  scale: number,
  sizePx: number,
): string {
  const colour = severityColours[severity];
  const line = Math.max(2, sizePx / 7);
  const pad = sizePx / 3;
  const text = outlineText(`${number} ${label.slice(0, maxLabelLength)}`, sizePx);
  const tag = { width: text.width + 2 * pad, height: sizePx + pad };
  const [left, top] = [box.x * scale, box.y * scale];
  // Above the box, or inside it where there is no room; never past the right edge.
  const x = Math.max(0, Math.min(left, picture.width - tag.width));
  const y = top >= tag.height ? top - tag.height : Math.max(0, top);
  const at = (value: number) => value.toFixed(2);
  const sides = `width="${at(box.width * scale)}" height="${at(box.height * scale)}"`;
  return [
    `<rect x="${at(left)}" y="${at(top)}" ${sides} fill="none" stroke="${colour}" stroke-width="${at(line)}"/>`,
    `<rect x="${at(x)}" y="${at(y)}" width="${at(tag.width)}" height="${at(tag.height)}" fill="${colour}"/>`,
    `<path transform="translate(${at(x + pad)} ${at(y + sizePx)})" d="${text.path}" fill="#fff"/>`,
  ].join('');
}
