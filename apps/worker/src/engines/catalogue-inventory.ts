import { ModelInventory, type ModelSummary } from '#core';
import type { ModelCatalogue, ModelHandle } from '#inference';

/** What callers may know of this process's models. */
export class CatalogueInventory extends ModelInventory {
  private readonly summaries: ModelSummary[];

  constructor(
    catalogue: ModelCatalogue,
    private readonly isWarm: () => boolean,
  ) {
    super();
    this.summaries = catalogue.list().map(summarise);
  }

  override list(): ModelSummary[] {
    return this.summaries;
  }

  override ready(): boolean {
    return this.isWarm();
  }
}

function summarise({ ref, manifest }: ModelHandle): ModelSummary {
  const { task, description, licence, languages, limits } = manifest;
  return {
    model: ref,
    task,
    description,
    licence: licence.spdx,
    ...(languages !== undefined && { languages }),
    ...(limits.maxTokens !== undefined && { maxTokens: limits.maxTokens }),
  };
}
