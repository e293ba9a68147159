import { describe, expect, it } from '@jest/globals';
import type { ModelHandle } from '#inference';
import { chooseModel } from './choose-model.js';
import { tasks } from './index.js';

const models = ['en-pt', 'pt-en'].map((name) => ({ name, ref: `${name}@3` }) as ModelHandle);

describe('A caller who chooses a model', () => {
  it('names it with or without a revision', () => {
    expect(chooseModel(models, 'pt-en', 'translate')).toBe(models[1]);
    expect(chooseModel(models, 'pt-en@3', 'translate')).toBe(models[1]);
  });

  it.each(['pt', 'pt-en@2', ''])('is told of those there are instead of "%s"', (name) => {
    expect(refusalOf(() => chooseModel(models, name, 'translate'))).toMatchObject({
      code: 'request.invalid',
      facts: { supported: ['en-pt@3', 'pt-en@3'] },
    });
  });

  it.each(tasks.map(({ id, input }) => [id, input] as const))('can do so for %s', (_, input) => {
    expect(Object.keys(input.shape)).toContain('model');
  });
});

function refusalOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
