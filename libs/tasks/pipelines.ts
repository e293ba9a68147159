import { classifyImagePipeline } from './classify-image/pipeline.js';
import { answerPipeline } from './answer/pipeline.js';
import { detectObjectsPipeline } from './detect-objects/pipeline.js';
import { embedPipeline } from './embed/pipeline.js';
import type { tasks } from './index.js';
import type { TaskPipeline } from './pipeline.js';
import { segmentImagePipeline } from './segment-image/pipeline.js';
import { translatePipeline } from './translate/pipeline.js';

/** Keyed by task id: a task of the registry without its pipeline does not compile. */
export const pipelines: Record<(typeof tasks)[number]['id'], TaskPipeline> = {
  translate: translatePipeline,
  answer: answerPipeline,
  embed: embedPipeline,
  'classify-image': classifyImagePipeline,
  'detect-objects': detectObjectsPipeline,
  'segment-image': segmentImagePipeline,
};

export { PipelineTaskRunner, type RowRunner } from './pipeline-task-runner.js';
export type { ItemRun, ProcessItem, TaskPipeline } from './pipeline.js';
