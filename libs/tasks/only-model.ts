import type { ModelCatalogue, ModelHandle } from '#inference';

/** The model of a task that has exactly one. @throws Error at boot when it is missing or ambiguous */
export function onlyModel(models: ModelCatalogue, task: string): ModelHandle {
  const [model, ...others] = models.forTask(task);
  if (model === undefined) throw new Error(`no model in the catalogue serves the task ${task}`);
  if (others.length > 0) {
    throw new Error(
      `several models serve ${task}: ${[model, ...others].map(({ ref }) => ref).join(', ')}; keep one`,
    );
  }
  return model;
}
