import { systemClock } from '#kernel';
import { InProcessJobQueue } from './in-process-job-queue.js';
import { describeJobQueue } from './job-queue.conformance.js';

describeJobQueue('the in-process queue', ({ maxWaitingMs }) =>
  Promise.resolve(new InProcessJobQueue({ clock: systemClock, windowMs: 20, maxWaitingMs })),
);
