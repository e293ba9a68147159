/** Name of every BullMQ queue; which one it is stands in its prefix. */
export const bullQueueName = 'jobs';

/**
 * Prefix of everything that belongs to a task's queue, BullMQ's keys included. The braces are Redis Cluster's hash tag:
 * a script may touch all of them.
 */
export const bullPrefix = (task: string) => `inferway:{${task}}`;
export const keyPrefix = (task: string) => `${bullPrefix(task)}:`;

/** Channel on which a gateway hears the replies to its jobs. */
export const replyChannel = (gatewayId: string) => `inferway:replies:${gatewayId}`;

/** Channel on which the workers of a task hear of jobs that nobody waits for any more. */
export const cancelChannel = (task: string) => `${keyPrefix(task)}cancelled`;
