import { describe, expect, it } from '@jest/globals';
import type { ModelCatalogue, ModelHandle } from '#inference';
import { inOrderOfPreference, preferredModel } from './preferred-model.js';

/** Of a handle only name and preference matter here. */
const model = (name: string, preference?: number) =>
  ({ name, ref: `${name}@1`, manifest: { ...(preference !== undefined && { preference }) } }) as ModelHandle;
const catalogue = (models: ModelHandle[]): ModelCatalogue => ({ list: () => models, forTask: () => models });

describe('Of several models for one request', () => {
  it('the highest preference serves, then the first name; pulled ones come after those that say nothing', () => {
    const models = [model('zulu'), model('alpha', -1), model('mike'), model('tango', 1)];
    expect(inOrderOfPreference(models).map(({ name }) => name)).toEqual(['tango', 'mike', 'zulu', 'alpha']);
    expect(preferredModel(catalogue(models), 'embed').name).toBe('tango');
  });

  it('none at all stops the start', () => {
    expect(() => preferredModel(catalogue([]), 'embed')).toThrow(
      'no model in the catalogue serves the task embed',
    );
  });
});
