/** Half of the shortest deadline of a task: who waits for longer may be refused, and one refusal fails a run. */
const longestWaitMs = 5_000;

/**
 * A task's rows at rising concurrency, up to where so many clients would wait too long at the rate of the row before.
 *
 * @param concurrencies clients that wait for each answer, few to many
 */
export async function atRisingLoad<Row extends { itemsPerSecond: number }>(
  concurrencies: readonly number[],
  measure: (clients: number) => Promise<Row>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const clients of concurrencies) {
    const perSecond = rows.at(-1)?.itemsPerSecond ?? Infinity;
    if ((1_000 * clients) / perSecond > longestWaitMs) break;
    rows.push(await measure(clients));
  }
  return rows;
}
