/** Sum and count of a histogram for all revisions of one model, from the Prometheus text of one process or of several. */
function histogram(text: string, name: string, model: string): { sum: number; count: number } {
  const read = (part: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}_${part}{`) && line.includes(`model="${model}@`))
      .reduce((total, line) => total + Number(line.split(' ')[1] ?? 0), 0);
  return { sum: read('sum'), count: read('count') };
}

/** Mean rows and mean padded share of the runs between two scrapes. */
export function batchesBetween(before: string, after: string, model: string) {
  const mean = (name: string) => {
    const [first, second] = [histogram(before, name, model), histogram(after, name, model)];
    const runs = second.count - first.count;
    return runs > 0 ? (second.sum - first.sum) / runs : 0;
  };
  return { meanBatch: mean('inferway_batch_rows'), paddingWaste: mean('inferway_batch_padding_ratio') };
}

/** Since the scrape before this one. */
export function eventLoopDelayP99Ms(text: string): number {
  return 1_000 * Number(/^inferway_event_loop_delay_p99_seconds (\S+)/m.exec(text)?.[1]);
}
