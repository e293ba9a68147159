import { Injectable } from '@nestjs/common';
import { ModelInventory } from '#core';
import type { LanguageList, ModelList } from '#transport';

/** The serving models as both surfaces show them. */
@Injectable()
export class CatalogueView {
  constructor(private readonly inventory: ModelInventory) {}

  models(): ModelList['models'] {
    return this.inventory.list();
  }

  languages(): LanguageList['languages'] {
    return this.inventory
      .list()
      .flatMap(({ model, languages }) => (languages === undefined ? [] : [{ ...languages, model }]));
  }
}
