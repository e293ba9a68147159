import type { JobQueue } from '#core';
import type { Telemetry } from '#telemetry';

/**
 * Depth of the queue, read when scraped: every task each time, for an autoscaler cannot tell a series that is missing
 * from one that is zero.
 */
export function observeBacklog(
  telemetry: Telemetry,
  queue: JobQueue,
  tasks: readonly { id: string }[],
): void {
  const read = (value: (depth: { waitingJobs: number; waitingMs: number }) => number) => () => {
    const depths = new Map(queue.backlog().map((depth) => [depth.task, depth]));
    return tasks.map(({ id }) => ({
      labels: { task: id },
      value: value(depths.get(id) ?? { waitingJobs: 0, waitingMs: 0 }),
    }));
  };
  telemetry.observeEach(
    'queueJobs',
    read(({ waitingJobs }) => waitingJobs),
  );
  telemetry.observeEach(
    'queueBacklog',
    read(({ waitingMs }) => waitingMs / 1_000),
  );
}
