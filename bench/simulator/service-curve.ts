import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a model's runs cost on one engine, as measured: `npm run bench:curves` writes the file. */
const serviceCurve = z.strictObject({
  task: z.string(),
  model: z.string(),
  /** Most rows of a run. */
  maxRows: z.int().positive(),
  /** CPU of the bare loop, which is the time of a run on a core that it has to itself. */
  runs: z.array(z.strictObject({ rows: z.int().positive(), ms: z.number().positive() })).min(1),
  /** What serving adds to a row: HTTP, queue, meter; a pod's engines share its cores with it. */
  servingMsPerRow: z.number().min(0),
});

export const curvesFile = z.strictObject({
  commit: z.string(),
  machine: z.string(),
  node: z.string(),
  date: z.string(),
  curves: z.array(serviceCurve),
});

export type ServiceCurve = z.infer<typeof serviceCurve>;
export const curvesPath = join('bench', 'simulator', 'curves.json');

export function readCurves(): z.infer<typeof curvesFile> {
  return curvesFile.parse(JSON.parse(readFileSync(curvesPath, 'utf8')));
}

/** Between two measured sizes in a straight line; below and above them by the nearest one's cost a row. */
export function runMs({ runs, servingMsPerRow }: ServiceCurve, rows: number): number {
  const above = runs.find((run) => run.rows >= rows);
  const below = runs.findLast((run) => run.rows <= rows);
  const ms =
    above === undefined || below === undefined
      ? (rows * (above ?? below ?? { ms: NaN }).ms) / (above ?? below ?? { rows: NaN }).rows
      : above === below
        ? above.ms
        : below.ms + ((above.ms - below.ms) * (rows - below.rows)) / (above.rows - below.rows);
  return ms + rows * servingMsPerRow;
}
