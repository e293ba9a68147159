import type { InspectionFinding } from '#contracts';
import type { InspectionRecord } from '#core';
import { severityColours } from './severity-colours.js';
import { Tags } from './tags.js';

/** UTF-16 code units of a label that are drawn; the reply has it whole. */
const maxLabelLength = 40;
/** Of an area's colour: what lies under it can still be judged. */
const areaOpacity = 0.3;

interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture for one of the upright image. */
  readonly scale: number;
  /** Pixels of the type. */
  readonly sizePx: number;
}

/**
 * Findings as SVG, of the size of the picture it goes on: the area of one whose outline is known, else its box, with its
 * number and label, its number alone or neither, as there is room; and the edge of what was looked at, where that was a part. Holds no text: letters are outlines, so
 * nothing of a label can be read as markup.
 * @param scale pixels of the picture for one of the upright image
 */
export function findingOverlay(
  { findings, region }: Pick<InspectionRecord, 'findings' | 'region'>,
  { width, height }: { width: number; height: number },
  scale: number,
): string {
  const canvas = { width, height, scale, sizePx: Math.max(10, Math.min(28, Math.max(width, height) / 45)) };
  const tags = new Tags(canvas, canvas.sizePx);
  const shapes = [
    region === undefined ? '' : drawRegion(region, canvas),
    // Worst last, so on top; and no area over a tag.
    ...findings.toReversed().map((finding) => drawPlace(finding, canvas)),
    ...findings.map(({ number, label, severity, box }) => {
      const texts = [`${number} ${label.slice(0, maxLabelLength)}`, String(number)];
      return tags.draw(scaled(box, scale), texts, severityColours[severity]);
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
}

/** Dashes of two greys, seen on light and on dark. */
function drawRegion(region: InspectionFinding['box'], canvas: Canvas): string {
  const line = lineWidth(canvas);
  const [light, dark] = [
    `stroke="#fff" stroke-width="${at(line)}"`,
    `stroke="#222" stroke-width="${at(line)}" stroke-dasharray="${at(4 * line)}"`,
  ].map((stroke) => `<rect ${rectangle(region, canvas.scale)} fill="none" ${stroke}/>`);
  return `${light}${dark}`;
}

function drawPlace({ severity, box, polygons }: InspectionFinding, canvas: Canvas): string {
  const colour = severityColours[severity];
  const stroke = `stroke="${colour}" stroke-width="${at(lineWidth(canvas))}"`;
  if (polygons === undefined) return `<rect ${rectangle(box, canvas.scale)} fill="none" ${stroke}/>`;
  const rings = polygons.map((ring) => ringPath(ring, canvas.scale)).join('');
  return `<path d="${rings}" fill="${colour}" fill-opacity="${areaOpacity}" fill-rule="evenodd" ${stroke} stroke-linejoin="round"/>`;
}

function scaled({ x, y, width, height }: InspectionFinding['box'], scale: number): InspectionFinding['box'] {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}

function rectangle(box: InspectionFinding['box'], scale: number): string {
  const { x, y, width, height } = scaled(box, scale);
  return `x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"`;
}

/** @param ring x and y in turn, of the upright image */
function ringPath(ring: readonly number[], scale: number): string {
  return `M${ring.map((value) => at(value * scale)).join(' ')}Z`;
}

const lineWidth = ({ sizePx }: Canvas) => Math.max(2, sizePx / 7);
const at = (value: number) => value.toFixed(2);
