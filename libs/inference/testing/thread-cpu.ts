/**
 * Milliseconds of processor that work takes of this thread: for so long the event loop cannot turn. Not how long it did
 * not turn, which on a busy machine is other programs' doing.
 */
export async function threadCpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
