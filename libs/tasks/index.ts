/**
 * tasks: what can be asked of the product, one folder a task.
 *
 * Owns: each task's contract (here) and pipeline (`#tasks/pipelines`, which only a worker imports).
 * Refuses: HTTP, GraphQL, queues, databases. Adding a task is one folder, one line here, one line in pipelines.ts.
 */
import { answer } from './answer/contract.js';
import { classifyImage } from './classify-image/contract.js';
import { detectObjects } from './detect-objects/contract.js';
import { embed } from './embed/contract.js';
import { segmentImage } from './segment-image/contract.js';
import { translate } from './translate/contract.js';

export const tasks = [translate, answer, embed, classifyImage, detectObjects, segmentImage] as const;

export { answer, classifyImage, detectObjects, embed, segmentImage, translate };
