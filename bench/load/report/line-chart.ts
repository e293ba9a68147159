import { axisAt, linearAxis, logAxis, type Axis } from './axis.js';
import { markup, type Markup } from './markup.js';

export interface Series {
  name: string;
  /** One for each x; undefined or NaN leaves a gap. */
  values: readonly (number | undefined)[];
  /** Drawn thin and without marks: what the others are held against. */
  isReference?: boolean;
}

export interface Chart {
  title: string;
  /** From `beyond` on, the ground is shaded: there the server is saturated. */
  x: { label: string; values: readonly number[]; beyond?: number };
  y: { label: string; scale: 'linear' | 'log'; atLeast?: number };
  series: readonly Series[];
}

const box = { width: 760, height: 340, left: 64, right: 16, top: 14, bottom: 48 };
const inner = { width: box.width - box.left - box.right, height: box.height - box.top - box.bottom };
/** Shape and colour both tell series apart, for those who do not see one of them. */
const dashes = ['', '7 3', '2 3', '9 3 2 3', '4 4', '12 4', '1 4'];
const markers = ['circle', 'square', 'diamond', 'triangle'] as const;

/** Lines over offered load. Says what it is to a screen reader; its figures stand in the table beside it. */
export function lineChart({ title, x, y, series }: Chart): Markup {
  const known = series.flatMap(({ values }) => values.filter((value) => value !== undefined));
  const [across, up] = [
    axisAt(x.values),
    y.scale === 'log' ? logAxis(known) : linearAxis(known, y.atLeast ?? 0),
  ];
  const place = { x: (value: number) => box.left + inner.width * across.place(value), y: placeUp(up) };
  return markup`<svg viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="${title}: ${y.label} over ${x.label}. The table below holds the figures.">
${x.beyond === undefined ? undefined : shade(place.x(x.beyond))}
${up.ticks.map((tick) => horizontal(place.y(tick), tick))}
${across.ticks.map((tick) => vertical(place.x(tick), tick))}
<text class="label" x="${box.left + inner.width / 2}" y="${box.height - 8}" text-anchor="middle">${x.label}</text>
<text class="label" transform="translate(14 ${box.top + inner.height / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${series.map((each, index) => line(each, index, x.values, place))}
</svg>`;
}

/** The names of the series, each beside its line and mark. */
export function legend(series: readonly Series[]): Markup {
  return markup`<ul class="legend">${series.map(
    (each, index) =>
      markup`<li><svg viewBox="0 0 36 12" width="36" height="12" aria-hidden="true" class="${classOf(each, index)}"><path d="M1 6H35" ${dash(each, index)}/>${each.isReference === true ? undefined : mark(18, 6, index)}</svg>${each.name}</li>`,
  )}</ul>`;
}

type Place = Record<'x' | 'y', (value: number) => number>;

function line(series: Series, index: number, xs: readonly number[], place: Place): Markup {
  const points = xs.map((x, i) => {
    const value = series.values[i];
    const y = value === undefined ? NaN : place.y(value);
    return Number.isFinite(y) ? { x: place.x(x), y } : undefined;
  });
  const path = points
    .map((point, i) =>
      point === undefined
        ? ''
        : `${points[i - 1] === undefined ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`,
    )
    .join('');
  const marks = points.flatMap((point) => (point === undefined ? [] : [mark(point.x, point.y, index)]));
  return markup`<g class="${classOf(series, index)}"><path d="${path}" ${dash(series, index)}/>${series.isReference === true ? undefined : marks}</g>`;
}

function classOf({ isReference }: Series, index: number): string {
  return isReference === true ? 'reference' : `series s${index % 7}`;
}

function dash({ isReference }: Series, index: number): Markup {
  return markup`stroke-dasharray="${isReference === true ? '3 4' : (dashes[index % dashes.length] ?? '')}"`;
}

function mark(x: number, y: number, index: number): Markup {
  const [cx, cy] = [x.toFixed(1), y.toFixed(1)];
  const paths = {
    circle: `M${cx} ${cy}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`,
    square: `M${cx} ${cy}m-3.5 -3.5h7v7h-7z`,
    diamond: `M${cx} ${cy}m0 -5l5 5l-5 5l-5 -5z`,
    triangle: `M${cx} ${cy}m0 -5l4.6 8h-9.2z`,
  };
  return markup`<path class="mark" d="${paths[markers[index % markers.length] ?? 'circle']}"/>`;
}

function placeUp({ place }: Axis): (value: number) => number {
  return (value) => box.top + inner.height * (1 - Math.min(1, Math.max(0, place(value))));
}

function shade(x: number): Markup {
  const right = box.width - box.right;
  return markup`<path class="beyond" d="M${x.toFixed(1)} ${box.top}H${right}V${box.top + inner.height}H${x.toFixed(1)}z"/><text class="tick" x="${(x + 6).toFixed(1)}" y="${box.top + 14}">saturated</text>`;
}

function horizontal(y: number, tick: number): Markup {
  return markup`<path class="grid" d="M${box.left} ${y.toFixed(1)}H${box.width - box.right}"/><text class="tick" x="${box.left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${short(tick)}</text>`;
}

function vertical(x: number, tick: number): Markup {
  const foot = box.top + inner.height;
  return markup`<path class="grid" d="M${x.toFixed(1)} ${foot}v5"/><text class="tick" x="${x.toFixed(1)}" y="${foot + 19}" text-anchor="middle">${short(tick)}</text>`;
}

function short(value: number): string {
  return value >= 10_000
    ? `${Number((value / 1_000).toPrecision(3))}k`
    : String(value < 10 ? Number(value.toPrecision(2)) : Math.round(value));
}
