/** Rows of one run, and the length that they are padded to. */
export interface Shape {
  rows: number;
  length: number;
}

/** What a model takes. `maxLength` is absent where its rows have no length. */
export interface ShapeBounds {
  maxRows: number;
  maxLength?: number | undefined;
}

const lengths = [16, 64, 128, 256];
const batches = [1, 2, 8];
/** A picture is as much work as a long text, and larger batches of them are hardly faster. */
const pictures = 4;
/** Larger runs follow from the fit; measuring them would only make the start slow. */
const maxTokens = 512;

/** Each usual length, and a batch: what must have run once. Largest first. */
export function usualShapes(bounds: ShapeBounds): Shape[] {
  const most = bounds.maxLength === undefined ? pictures : Math.max(...batches);
  const single = lengthsOf(bounds).map((length) => ({ rows: 1, length }));
  return [...single, { ...fullShape(bounds), rows: Math.min(bounds.maxRows, most) }].sort(bySize).reverse();
}

/** What a curve is fitted to, smallest first. */
export function curveShapes(bounds: ShapeBounds): Shape[] {
  return lengthsOf(bounds)
    .flatMap((length) => batches.map((rows) => ({ rows, length })))
    .filter(({ rows, length }) => rows <= bounds.maxRows && rows * length <= maxTokens)
    .sort(bySize);
}

/** Of shapes from the largest down, the largest of each length: with them all is allocated. */
export function largestOfLengths(shapes: readonly Shape[]): Shape[] {
  return [...Map.groupBy(shapes, ({ length }) => length).values()].flatMap((alike) => alike.slice(0, 1));
}

/** The largest batch there may be, of short rows. */
export function fullShape({ maxRows, maxLength }: ShapeBounds): Shape {
  return { rows: maxRows, length: maxLength === undefined ? 1 : Math.min(maxLength, ...lengths) };
}

function lengthsOf({ maxLength }: ShapeBounds): number[] {
  return maxLength === undefined ? [1] : lengths.filter((length) => length <= maxLength);
}

function bySize(a: Shape, b: Shape): number {
  return a.rows * a.length - b.rows * b.length;
}
