import type { ModelCatalogue, ModelHandle } from '#inference';

/** The model that serves a task of which any one will do. @throws Error at boot when there is none */
export function preferredModel(models: ModelCatalogue, task: string): ModelHandle {
  const [model] = inOrderOfPreference(models.forTask(task));
  if (model === undefined) throw new Error(`no model in the catalogue serves the task ${task}`);
  return model;
}

/**
 * Where several models could serve the same request, the first serves: the highest `preference` of the manifests (0
 * where none is given, -1 for pulled ones), then the first name. Installing a model therefore never changes who answers.
 */
export function inOrderOfPreference(models: readonly ModelHandle[]): ModelHandle[] {
  const preference = ({ manifest }: ModelHandle) => manifest.preference ?? 0;
  return models.toSorted((a, b) => preference(b) - preference(a) || (a.name < b.name ? -1 : 1));
}
