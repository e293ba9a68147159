import type { TaskContract } from '#contracts';
import type { ModelInventory } from '#core';
import { AppError } from '#kernel';
import { tasks } from '#tasks';

/** What an address of the protocol means: a task, whose model is chosen as ever, or one model. */
export interface TensorTarget {
  name: string;
  task: TaskContract;
  /** The model that must answer, `name` or `name@revision`; undefined where a task was named. */
  model?: string;
  /** Revisions that serve under this name; none of a task. */
  versions: string[];
}

/**
 * A task by its id, or a model by its name and, as version, its revision. A task goes before a model of its name.
 * @throws AppError `resource.not_found`
 */
export function findTarget(inventory: ModelInventory, name: string, version?: string): TensorTarget {
  const task = tasks.find(({ id }) => id === name);
  if (task !== undefined && version === undefined) return { name, task, versions: [] };
  const served = inventory.list().map(({ model, task: taskId }) => {
    const [modelName = '', revision = ''] = model.split('@');
    return { modelName, revision, task: tasks.find(({ id }) => id === taskId) };
  });
  const named = served.filter(({ modelName }) => modelName === name);
  const versions = named.map(({ revision }) => revision);
  const found = named.find(({ revision }) => version === undefined || revision === version);
  if (task === undefined && found?.task !== undefined)
    return { name, task: found.task, model: version === undefined ? name : `${name}@${version}`, versions };
  throw new AppError('resource.not_found', {
    detail: version === undefined ? `No model is called ${name}` : `${name} has no version ${version}`,
    supported:
      version === undefined
        ? [...tasks.map(({ id }) => id), ...served.map(({ modelName }) => modelName)]
        : versions,
  });
}
