import { systemClock } from '#kernel';
import { InProcessJobQueue } from './in-process-job-queue.js';
import { describeJobQueue } from './job-queue.conformance.js';

describeJobQueue('the in-process queue', ({ maxWaitingMs }) => {
  const queue = new InProcessJobQueue({ clock: systemClock, windowMs: 20, maxWaitingMs });
  return Promise.resolve({
    queue,
    consume(handler) {
      queue.consume(handler);
      return Promise.resolve();
    },
    close: (deadlineAt) => queue.close(deadlineAt),
  });
});
