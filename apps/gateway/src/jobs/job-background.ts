import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import {
  DeliverWebhooks,
  RunChunk,
  RunJobs,
  type Admission,
  type JobQueue,
  type JobWorkStore,
  type WebhookSender,
  type WebhookStore,
} from '#core';
import type { Clock } from '#kernel';
import { tasks } from '#tasks';
import type { Logger, Telemetry } from '#telemetry';

const runOptions = { leaseMs: 15_000, concurrency: 4, pollMs: 1_000, sweepMs: 60_000 };
const deliverOptions = { leaseMs: 60_000, concurrency: 8, pollMs: 1_000 };
export interface BackgroundPorts {
  queue: JobQueue;
  admission: Admission;
  jobWork: JobWorkStore;
  webhooks: WebhookStore;
  webhookSender: WebhookSender;
  clock: Clock;
  /** Dates signatures, which receivers take for minutes. */
  calendar: Clock;
}

/** What is on the queue when the gateway closes has this long to finish; the rest is given back to other runners. */
const graceMs = 2_000;

/** Runs jobs and delivers webhooks for as long as the gateway is up: every process with the queue's client side does. */
export class JobBackground implements BeforeApplicationShutdown {
  private readonly runner: RunJobs;
  private readonly deliverer: DeliverWebhooks;

  constructor(ports: BackgroundPorts, telemetry: Telemetry, logger: Logger) {
    const owner = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
    const findTask = (id: string) => tasks.find((task) => task.id === id);
    const { queue, admission, jobWork, webhooks, webhookSender, clock, calendar } = ports;
    const runChunk = new RunChunk(queue, findTask, clock, Math.random);
    const onError = (error: unknown) =>
      logger.warn({ err: error }, 'work in the background failed for a moment and goes on');
    this.deliverer = new DeliverWebhooks(
      webhooks,
      webhookSender,
      calendar,
      Math.random,
      { owner, ...deliverOptions },
      { onAttempt: (attempt) => telemetry.webhookAttempted(attempt), onError },
    );
    this.runner = new RunJobs(
      jobWork,
      runChunk,
      admission,
      { owner, ...runOptions },
      { onChunk: (chunk) => telemetry.jobChunkDone(chunk), onError },
    );
  }

  /** There is a new job. */
  wake(): void {
    this.runner.wake();
  }

  /** There is something to send. */
  wakeDelivery(): void {
    this.deliverer.wake();
  }

  start(): void {
    this.runner.start();
    this.deliverer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.runner.stop(graceMs), this.deliverer.stop(graceMs)]);
  }
}
