/**
 * How many rows one of `engines` idle engines should take of `rows` waiting ones.
 *
 * Spreading over m engines ends sooner, but each more engine pays the fixed cost of a run again, and what is
 * wasted delays whoever comes next by its share of the pool. So m minimises
 * `time of one part + wasted compute / engines`. Rejected: always `rows / engines`, which makes single-row
 * batches of a model that is nearly all overhead.
 *
 * @param predictMs time for one engine to do so many rows
 */
export function rowsPerEngine(rows: number, engines: number, predictMs: (rows: number) => number): number {
  const aloneMs = predictMs(rows);
  let best = rows;
  let bestMs = aloneMs;
  for (let parts = 2; parts <= Math.min(engines, rows); parts++) {
    const share = Math.ceil(rows / parts);
    const partMs = predictMs(share);
    const delayMs = partMs + (parts * partMs - aloneMs) / engines;
    if (delayMs >= bestMs) continue;
    best = share;
    bestMs = delayMs;
  }
  return best;
}
