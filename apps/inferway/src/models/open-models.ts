import { ModelRepository, type RepositoryOptions } from '#inference';
import { tasks } from '#tasks';

/** A models folder as this version can serve it. @throws ModelRepositoryError listing every problem of every model */
export function openModels(directory: string, options: RepositoryOptions = {}): Promise<ModelRepository> {
  return ModelRepository.open(directory, { ...options, tasks: tasks.map(({ id }) => id) });
}
